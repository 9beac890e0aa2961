/** OV-60, OV-68, OV-74: entries that are wrong in their octets, their place or their keys, and signed like that. The rest is text, in `attacks/`. */
import type { JsonObject } from "../../runner/vectors.ts";
import type { Draft } from "../draft.ts";
import { exportOf, faulty, into, joined } from "./export.ts";
import { exported } from "./logbook.ts";
import { leavesOfLog, placeOf } from "./logs.ts";

const leaves = leavesOfLog("whole");
const written = (...of: Parameters<typeof exported>): string => joined(exported(...of).lines);

/** The second mailbox's key, and the key of an operator whom nobody knows. */
const otherKey = (leaves[placeOf("whole", "ada submit D2 b=b2 m=m2")]!["evidence"] as JsonObject)["identity_key"]!;
const third = placeOf("whole", "ada submit D3 m=m3");
const otherOperator =
  "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEyiyNqoWbIl7UFJRWlRqPm3Prtbj3\nLaLb5dlMHWEVoY2cTyCRlLcVAf8NIOfgOZEIaPcFIkSXqvOf7WSS0UIBwQ==\n-----END PUBLIC KEY-----\n";

export const exportEntries: readonly Draft[] = [
  faulty(
    "inside: an entry taken out, the places left",
    "OV-62 OV-74",
    "wrong_place",
    written(leaves.toSpliced(placeOf("whole", "ada set_mode autonomous"), 1)),
  ),
  exportOf(
    "inside: an entry with other spellings",
    "OV-62 OV-74",
    "EncodingDiffers",
    "malformed_leaf",
    written(leaves, {
      texts: (own, i) => (i === placeOf("whole", "ben approve D1") ? own.replace('{"', '{ "') : own),
    }),
  ),
  exportOf(
    "inside: a leaf that names a member twice",
    "OV-62 OV-60 OV-74",
    "TwoReadings",
    "malformed_leaf",
    written(leavesOfLog("approved"), {
      texts: (own, i) => (i === 7 ? own.replace('"outcome":', '"outcome":"refused","outcome":') : own),
    }),
  ),
  exportOf(
    "inside: a key that changed in the middle",
    "OV-62 OV-68",
    "KeyMisused",
    "identity_key",
    written(leaves.with(third, into(leaves[third]!, ["evidence", "identity_key"], otherKey))),
  ),
  exportOf("a key of another operator", "OV-62 OV-68", "KeyMisused", "identity_key", written(leaves), {
    operators: [otherOperator],
  }),
];
