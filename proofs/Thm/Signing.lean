module

public import Lemmas.Encoding

/-! # Theorems about `spec/signing.md` and the log's tree

That SHA-256 has no collision, and that a signature cannot be forged, are not theorems. They are stated: a forger has found
a `Collision`, or broken `Unforgeable`. -/

@[expose] public noncomputable section

namespace Countersign

/-- OV-40: Two different contents have different octets under the digest. -/
theorem content_encoding_injective {c d : Content} (hc : c.Fits) (hd : d.Fits)
    (h : contentOctets c = contentOctets d) : c = d := content_inj hc hd h

/-- OV-40, OV-22: Whoever gives two different contents one digest, so that an approval of one is an approval of the other,
has found a collision of the hash. -/
theorem digest_binds_everything {α : Type} {hash : Octets → α} {c d : Content} (hc : c.Fits) (hd : d.Fits)
    (differ : c ≠ d) (h : hash (contentOctets c) = hash (contentOctets d)) :
    Collision hash (contentOctets c) (contentOctets d) :=
  ⟨fun e => differ (content_inj hc hd e), h⟩

/-- OV-45: Two different lists of fields never have the same octets. -/
theorem signed_fields_injective {dom dom' : Octets} {values values' : List Octets}
    (hx : FieldsFit (dom :: values)) (hy : FieldsFit (dom' :: values'))
    (h : signedFields dom values = signedFields dom' values') : dom = dom' ∧ values = values' := by
  have := fields_inj (by decide) _ hx hy h
  simpa using this

/-- OV-45, OV-46: A signature that verifies over some claims means that the key's holder signed exactly these claims, or
that somebody has found a collision of the hash. -/
theorem signed_claims_tamper_evident {scheme : Scheme} {hash : Octets → Octets} {signed : List (List Octets)}
    (unforgeable : Unforgeable scheme hash signed) (fit : ∀ values ∈ signed, FieldsFit values)
    {claims : List Octets} (hc : FieldsFit claims) {signature : Octets}
    (verified : scheme.verify (hash (fields 4 claims)) signature = true) :
    claims ∈ signed ∨ ∃ values ∈ signed, Collision hash (fields 4 claims) (fields 4 values) := by
  obtain ⟨values, there, same⟩ := unforgeable _ _ verified
  by_cases e : fields 4 claims = fields 4 values
  · exact .inl (fields_inj (by decide) _ hc (fit values there) e ▸ there)
  · exact .inr ⟨values, there, e, same⟩

/-- OV-40, OV-45: What is signed for an identity header can never be taken for what is under a content digest. -/
theorem purposes_kept_apart {dom : Octets} {values : List Octets} (c : Content) (some : 0 < dom.length)
    (fit : dom.length < 256 ^ 4) : signedFields dom values ≠ contentOctets c := by
  intro h
  have first := congrArg (List.take 4) h
  have left : List.take 4 (signedFields dom values) = bigEndian 4 dom.length := by
    simp [signedFields, fields, field, List.append_assoc]
  have right : List.take 4 (contentOctets c) = bigEndian 4 0 := by
    simp [contentOctets, field, bigEndian, contentTag]
  rw [left, right] at first
  have := bigEndian_eq fit (by decide) first
  omega

/-- OV-56: Whoever changes, removes or moves an entry of the log and keeps its size and its tree head has two of the texts
hashed for the two trees collide. -/
theorem chain_tamper_evident {hash : Octets → Octets} {size : Nat} (hs : ∀ x, (hash x).length = size)
    {log other : List Octets} (differ : log ≠ other) (count : log.length = other.length)
    (same : treeHead hash log = treeHead hash other) :
    ∃ a ∈ treeTexts hash log, ∃ b ∈ treeTexts hash other, Collision hash a b := by
  simp only [treeHead, treeTexts, ← count] at same ⊢
  exact (head_collision hs log.length (Nat.le_refl _) count same).resolve_left differ

end Countersign
