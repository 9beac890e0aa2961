/** The settings that commands read from the environment. A command ends with 2 where they cannot be used, and prints every problem. */
import { Effect } from "effect";
import { type InstallationSettings, readInstallationSettings } from "../server/settings/ServerSettings.ts";
import { type Exit, quit } from "./exit.ts";

/** Where the settings are explained. */
export const seeSettings = "See: countersign serve --help";

/** For a command that sends nothing: SMTP_URL need not be set. */
export const installationSettings: Effect.Effect<InstallationSettings, Exit> = Effect.suspend(() =>
  readInstallationSettings(process.env),
).pipe(Effect.catch(({ problems }) => quit(2, ...problems, seeSettings)));
