module

/-! # Bytes that are hashed and signed

The layouts of `spec/signing.md` and of the log's tree, as lists of octets. The hash function is a parameter everywhere:
nothing is assumed of it but, for the tree, that all its values have one length. -/

@[expose] public noncomputable section

namespace Countersign

/-- A text of octets; each is a natural. -/
abbrev Octets := List Nat

/-- `n` in `width` octets, the highest first. -/
def bigEndian : Nat → Nat → Octets
  | 0, _ => []
  | width + 1, n => n / 256 ^ width % 256 :: bigEndian width n

/-- One value behind its length. -/
def field (width : Nat) (value : Octets) : Octets := bigEndian width value.length ++ value

/-- Several values, each behind its length. -/
def fields (width : Nat) : List Octets → Octets
  | [] => []
  | value :: rest => field width value ++ fields width rest

/-- `fields(domain, v1, v2, …)` of `spec/signing.md`: what the identity keys sign. Lengths are 32 bits. -/
def signedFields (domain : Octets) (values : List Octets) : Octets := fields 4 (domain :: values)

/-- What an approval binds (OV-40). -/
structure Content where
  mailbox : Octets
  sendAt : Nat
  sender : Octets
  recipients : List Octets
  raw : Octets
  deriving DecidableEq

/-- `countersign/content/v1` in ASCII. -/
def contentTag : Octets :=
  [99, 111, 117, 110, 116, 101, 114, 115, 105, 103, 110, 47, 99, 111, 110, 116, 101, 110, 116, 47, 118, 49]

/-- The octets under the content digest (OV-40). Lengths and numbers are 64 bits. -/
def contentOctets (c : Content) : Octets :=
  field 8 contentTag ++ (field 8 c.mailbox ++ (bigEndian 8 c.sendAt ++ (field 8 c.sender ++
    (bigEndian 8 c.recipients.length ++ (fields 8 c.recipients ++ field 8 c.raw)))))

/-- Everything of a content fits its length: less than 2^64 octets of each, as any computer has it. -/
structure Content.Fits (c : Content) : Prop where
  mailbox : c.mailbox.length < 256 ^ 8
  sendAt : c.sendAt < 256 ^ 8
  sender : c.sender.length < 256 ^ 8
  count : c.recipients.length < 256 ^ 8
  recipients : ∀ r ∈ c.recipients, r.length < 256 ^ 8
  raw : c.raw.length < 256 ^ 8

/-- Every value of a list of fields fits its length of 32 bits. -/
def FieldsFit (values : List Octets) : Prop := ∀ v ∈ values, v.length < 256 ^ 4

/-- Two different texts with one hash: what nobody has ever found for SHA-256. -/
def Collision {α : Type} (hash : Octets → α) (a b : Octets) : Prop := a ≠ b ∧ hash a = hash b

/-- A signature scheme, as a verifier sees it. -/
structure Scheme where
  verify : (digest : Octets) → (signature : Octets) → Bool

/-- The key's holder signed `signed` and nothing else, and nobody else can: a signature that verifies is over the hash
of one of these lists of fields. -/
def Unforgeable (scheme : Scheme) (hash : Octets → Octets) (signed : List (List Octets)) : Prop :=
  ∀ digest signature, scheme.verify digest signature = true → ∃ values ∈ signed, digest = hash (fields 4 values)

/-! ## The tree over the log (RFC 6962) -/

/-- The largest power of two below `n`, for `n ≥ 2`. -/
def leftSize (n : Nat) : Nat := 2 ^ (n - 1).log2

/-- The tree head over the leaves; `fuel` is at least their number. -/
def headWith (hash : Octets → Octets) : Nat → List Octets → Octets
  | _, [] => hash []
  | _, [leaf] => hash (0 :: leaf)
  | 0, _ :: _ :: _ => hash []
  | fuel + 1, a :: b :: rest =>
    let all := a :: b :: rest
    hash (1 :: (headWith hash fuel (all.take (leftSize all.length)) ++
      headWith hash fuel (all.drop (leftSize all.length))))

/-- The head of the tree over all entries of a log, oldest first. -/
def treeHead (hash : Octets → Octets) (log : List Octets) : Octets := headWith hash log.length log

/-- Every text that is hashed on the way to the head. -/
def textsWith (hash : Octets → Octets) : Nat → List Octets → List Octets
  | _, [] => [[]]
  | _, [leaf] => [0 :: leaf]
  | 0, _ :: _ :: _ => [[]]
  | fuel + 1, a :: b :: rest =>
    let all := a :: b :: rest
    let left := all.take (leftSize all.length)
    let right := all.drop (leftSize all.length)
    (1 :: (headWith hash fuel left ++ headWith hash fuel right)) :: (textsWith hash fuel left ++ textsWith hash fuel right)

/-- Every text that is hashed for the tree over a log. -/
def treeTexts (hash : Octets → Octets) (log : List Octets) : List Octets := textsWith hash log.length log

end Countersign
