module

public import Model.Replay
public import Table
public import Thm.Table
public import Thm.Modes
public import Thm.Lifecycle
public import Thm.Decisions
public import Thm.Inbound
public import Thm.Risk
public import Thm.Signing
public import Witness
public import Witness.Evidence

/-! # Countersign, proved

Everything that is claimed to be proved hangs on this file; a file that does not is not checked, and is refused for it. -/
