/**
 * The reference client: Countersign's own core behind the adapter protocol.
 */
import { answer } from "./answer.ts";
import { serve } from "./serve.ts";

await serve(answer);
