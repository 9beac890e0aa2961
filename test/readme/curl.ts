/** As much of curl as README.md uses, for machines that have none: -s -S -f -H -d -X and a URL. */
const args = process.argv.slice(2);
const headers = new Headers();
let [method, url, fail]: [string | null, string, boolean] = [null, "", false];
let body: string | undefined;
for (let i = 0; i < args.length; i++) {
  const arg = args[i]!;
  if (arg === "-H") {
    const [name = "", ...value] = args[++i]!.split(":");
    headers.set(name, value.join(":").trim());
  } else if (arg === "-d") body = args[++i]!;
  else if (arg === "-X") method = args[++i]!;
  else if (/^-[sSf]+$/.test(arg)) fail ||= arg.includes("f");
  else if (arg.startsWith("-")) throw new Error(`this stand-in for curl does not know ${arg}`);
  else url = arg;
}
try {
  const answer = await fetch(url, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers,
    ...(body === undefined ? {} : { body }),
  });
  if (fail && !answer.ok) process.exitCode = 22;
  else process.stdout.write(await answer.text());
} catch {
  process.exitCode = 7;
}
