/** The versions of the database that were released, oldest first, each with the rows of the tables that it added. */
import * as version4 from "./version4.ts";

export const released = [{ version: 4, ...version4 }];
