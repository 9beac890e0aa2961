class ECDSA:
    def __init__(self, algorithm):
        self.algorithm = algorithm
