module

public import Lemmas.Table
public import Table

/-! # The model is the table

`Table.lean` is `spec/transitions.json` as Lean data. One evaluation by the kernel goes through every status, every event
and every assignment of values to the facts that the decision looks at; the theorems say what follows for all facts. -/

@[expose] public noncomputable section

namespace Countersign

private theorem shape : table.shapeOk = true := by decide +kernel
private theorem submit : table.kindOk .submit = true := by decide +kernel
private theorem approve : table.kindOk .approve = true := by decide +kernel
private theorem reject : table.kindOk .reject = true := by decide +kernel
private theorem revise : table.kindOk .revise = true := by decide +kernel
private theorem cancel : table.kindOk .cancel = true := by decide +kernel
private theorem expire : table.kindOk .expire = true := by decide +kernel
private theorem release : table.kindOk .release = true := by decide +kernel
private theorem dispatch : table.kindOk .dispatch = true := by decide +kernel
private theorem delivered : table.kindOk .delivered = true := by decide +kernel
private theorem failed : table.kindOk .failed = true := by decide +kernel
private theorem deferred : table.kindOk .deferred = true := by decide +kernel
private theorem lost : table.kindOk .lost = true := by decide +kernel
private theorem resolve : table.kindOk .resolve = true := by decide +kernel
private theorem revoke : table.kindOk .revoke = true := by decide +kernel

private theorem table_ok : table.ok = true := by
  simp only [Table.ok, kinds, List.all_cons, List.all_nil, shape, submit, approve, reject, revise, cancel, expire, release,
    dispatch, delivered, failed, deferred, lost, resolve, revoke, Bool.and_self]

/-- OV-1: Every row of the table is what the model answers, under all facts that fall into the row's class. -/
theorem table_sound (row : Row) (hr : row ∈ table.rows) (f : Facts) (hc : table.classOf row.kind f = some row.cls) :
    (decisionOf row.status row.kind f).answer = row.answer := by
  obtain ⟨b, hb, hs, hk, ha⟩ := mem_rows.1 hr
  obtain ⟨i, hi, h⟩ := block_sound table_ok hb f
  rw [hk, hi] at hc
  cases hc
  rw [ha] at h
  rw [hs, hk]
  exact (Option.some.inj h).symm

/-- OV-1: For every status, event and facts there is a row, and it holds what the model answers. -/
theorem table_total (s : Status) (k : Kind) (f : Facts) :
    ∃ row ∈ table.rows, row.status = s ∧ row.kind = k ∧ table.classOf k f = some row.cls ∧
      row.answer = (decisionOf s k f).answer := by
  obtain ⟨b, hb, rfl, rfl⟩ := block_exists table_ok s k
  obtain ⟨i, hi, h⟩ := block_sound table_ok hb f
  exact ⟨⟨b.status, b.kind, i, _⟩, mem_rows.2 ⟨b, hb, rfl, rfl, h⟩, rfl, rfl, hi, rfl⟩

/-- OV-1: The table speaks once of each status, event and class. -/
theorem table_rows_unique (row other : Row) (hr : row ∈ table.rows) (ho : other ∈ table.rows)
    (hs : row.status = other.status) (hk : row.kind = other.kind) (hc : row.cls = other.cls) : row = other :=
  row_unique table_ok hr ho hs hk hc

private theorem modesHold : table.modesOk = true := by decide +kernel
private theorem setModesHold : table.setModesOk = true := by decide +kernel

/-- OV-2: Every row of `effective_mode` is the model's effective mode, and every combination has a row. -/
theorem effective_mode_rows :
    (∀ row ∈ table.modes, effectiveMode row.mailbox row.requested row.held row.halted = row.mode) ∧
    ∀ mailbox requested held halted, ∃ row ∈ table.modes, row.mailbox = mailbox ∧ row.requested = requested ∧
      row.held = held ∧ row.halted = halted :=
  ⟨fun _ hr => modes_sound modesHold hr, fun b q x y => modes_total modesHold b q x y⟩

/-- OV-3: Every row of `set_mode` is the model's answer, and every combination has a row. -/
theorem set_mode_rows :
    (∀ row ∈ table.setModes, modeDecision row.mode row.role row.target = row.answer) ∧
    ∀ mode role target, ∃ row ∈ table.setModes, row.mode = mode ∧ row.role = role ∧ row.target = target :=
  ⟨fun _ hr => set_modes_sound setModesHold hr, fun m o g => set_modes_total setModesHold m o g⟩

end Countersign
