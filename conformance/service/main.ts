#!/usr/bin/env node
/**
 * The service level's command line; `--help` says it all.
 *
 * Exit status as for the other levels: 0 nothing failed but what is listed; 1 a failure, or a stale entry in the list; 2 the server cannot be
 * tested, or the suite broke.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { exitStatus, junitOf, markdownOf, type Report } from "../runner/report.ts";
import { readList, UnusableList } from "../runner/xfail.ts";
import { startReference } from "./reference.ts";
import { knownIds, serviceReport, type ServiceReportOptions } from "./report.ts";

const usage = `Runs the service level of the conformance suite: black box, over HTTP and SMTP.

  conformance --url <http://…> --admin-key <mm_live_…> [--smtp-listen <host:port>] [--other-admin-key <mm_live_…>]
              [--domain <domain>] [--recipients <domain>] [--parallel <n>] [--only <id,…>] [--xfail <file>] [--out <folder>] [--quiet]
  conformance --reference                          the server of this package, started for the occasion on SQLite

  --url              the server under test, without /v1
  --admin-key        an operator's key (scope admin) of a tenant made for this: mailboxes, keys and entries are left in it
  --other-admin-key  an operator's key of another tenant; without it POST /v1/tenants is tried
  --smtp-listen      where the suite listens for what leaves (default 127.0.0.1:2525); the server under test must hand over there
  --smtp-port        the same with 127.0.0.1
  --domain           the operator's domain (default: as the keys say)
  --recipients       a domain to send to that no risk source holds against a message (default example.org)

Exit status: 0 nothing failed but what is listed; 1 a failure, or a listed check that passes; 2 the server cannot be tested.
`;

const stop = (message: string): never => {
  process.stderr.write(`${message}\n`);
  process.exit(2);
};

const parsed = () => {
  try {
    return parseArgs({
      options: {
        url: { type: "string" },
        reference: { type: "boolean", default: false },
        "admin-key": { type: "string" },
        "other-admin-key": { type: "string" },
        "smtp-listen": { type: "string" },
        "smtp-port": { type: "string" },
        domain: { type: "string" },
        recipients: { type: "string", default: "example.org" },
        parallel: { type: "string", default: "16" },
        only: { type: "string" },
        xfail: { type: "string" },
        out: { type: "string" },
        quiet: { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    }).values;
  } catch (cause) {
    return stop(`${(cause as Error).message}\n\n${usage}`);
  }
};

const smtpOf = (listen: string): { readonly host: string; readonly port: number } => {
  const match = /^(.+):(\d{1,5})$/.exec(listen);
  const port = Number(match?.[2]);
  if (match === null || port < 1 || port > 65_535) return stop(`--smtp-listen: ${listen} is not host:port.`);
  return { host: match[1]!.replace(/^\[(.*)\]$/, "$1"), port };
};

const progress = (): ServiceReportOptions["progress"] => {
  let shown = 0;
  return (done, total, failed) => {
    const now = Date.now();
    if (now - shown < 1000 && done < total) return;
    shown = now;
    const line = `${done}/${total} checks, ${failed} not passed`;
    process.stderr.write(process.stderr.isTTY ? `\r${line}${done === total ? "\n" : ""}` : `${line}\n`);
  };
};

const write = (report: Report, folder: string): void => {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "report.json"), `${JSON.stringify(report, null, 2)}\n`);
  writeFileSync(join(folder, "report.md"), markdownOf(report));
  writeFileSync(join(folder, "junit.xml"), junitOf(report));
};

const values = parsed();
if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const known = new Set(knownIds);
const only = values.only === undefined ? undefined : new Set(values.only.split(","));
for (const id of only ?? []) if (!known.has(id)) stop(`--only: there is no check ${id}.`);
if (values.xfail !== undefined && !existsSync(values.xfail)) stop(`--xfail: ${values.xfail} is not there.`);
const list = (() => {
  try {
    return values.xfail === undefined ? new Map<string, string>() : readList(readFileSync(values.xfail, "utf8"), known);
  } catch (cause) {
    return cause instanceof UnusableList ? stop(`This cannot be run: ${cause.message}.`) : stop(String(cause));
  }
})();
const parallel = Number(values.parallel);
if (!Number.isInteger(parallel) || parallel < 1 || parallel > 256) stop("--parallel is a number from 1 to 256.");
const server = values.reference ? await startReference() : null;
const base = server?.base ?? values.url ?? stop(`--url is missing.\n\n${usage}`);
const admin = server?.admin ?? values["admin-key"] ?? stop(`--admin-key is missing.\n\n${usage}`);
if (!URL.canParse(base) || !/^https?:$/.test(new URL(base).protocol)) stop(`--url: ${base} is not an http URL.`);
const smtp = server?.smtp ?? smtpOf(values["smtp-listen"] ?? `127.0.0.1:${values["smtp-port"] ?? "2525"}`);
if (!values.quiet)
  process.stderr.write(
    `What leaves must arrive at smtp://${smtp.host}:${smtp.port}: set SMTP_URL, or what your server has instead, to that.\n`,
  );

const run = async (): Promise<Report> => {
  try {
    return await serviceReport({
      name: server === null ? base : "the reference server",
      base: base.replace(/\/+$/, ""),
      admin,
      otherAdmin: values["other-admin-key"] ?? null,
      smtp,
      domain: values.domain ?? null,
      elsewhere: values.recipients,
      parallel,
      xfail: list,
      ...(only === undefined ? {} : { only }),
      ...(values.quiet ? {} : { progress: progress()! }),
    });
  } catch (cause) {
    const code = (cause as { readonly code?: string }).code;
    return stop(
      code === "EADDRINUSE" || code === "EACCES" || code === "EADDRNOTAVAIL"
        ? `Cannot listen on ${smtp.host}:${smtp.port} (${code}): choose another with --smtp-listen.`
        : `This is a defect of the suite: ${String(cause instanceof Error ? cause.stack : cause)}`,
    );
  } finally {
    await server?.stop();
  }
};

const report = await run();
if (values.out !== undefined) write(report, values.out);
const page = markdownOf(report);
const failures = page.indexOf("\n## What did not pass");
process.stdout.write(page.slice(0, page.indexOf("\n| clause")) + (failures < 0 ? "" : page.slice(failures)));
process.exitCode = exitStatus(report);
