/**
 * Prints what the running code of its own folder says for the replay, as JSON: for `sabotage.ts`, which runs it in a copy with a defect.
 *
 *     node proofs/check/replayInCopy.ts <random histories> <seed> <seed>...
 *
 * The random histories are those of the first seed; samples there are of each.
 */
import { samplesOf } from "./samples.ts";
import { said } from "./history.ts";
import { historiesOf } from "./traces.ts";

const [count, ...seeds] = process.argv.slice(2).map(Number) as [number, number, ...number[]];
const histories = historiesOf(seeds[0]!, count).map(said);
process.stdout.write(JSON.stringify({ histories, samples: seeds.map((seed) => samplesOf(seed)) }));
