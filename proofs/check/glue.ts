/**
 * Makes the JavaScript beside the WebAssembly Lean fit for use: `lean.js` of the package stays as npm delivered it, and a copy
 * is written in which some passages are others.
 *
 * - 88 of its 89 MB give a JavaScript variable to each of 200,000 functions, of which 49 are ever called from JavaScript.
 *   They cost 5 s and some hundred MB in each of two threads. The copy keeps those whose name stands anywhere else.
 * - Each patch names a passage that must be there exactly once, so another `lean.js` is refused instead of half patched.
 *
 * **Gotchas**: nothing here touches Lean itself, which is `lean.wasm`.
 */

import { stackMegabytes } from "./host.ts";

interface Patch {
  readonly why: string;
  readonly passage: string;
  readonly instead: string;
}

const mount = 'FS.mount(NODEFS,{root:"/tmp"},"/tmp");';
const worker = '{workerData:"em-pthread",name:"em-pthread"';

const patchesFor = (folder: string): readonly Patch[] => [
  {
    why: "lean.wasm is in the package, not beside the copy",
    passage: 'scriptDirectory=__dirname+"/";',
    instead: `scriptDirectory=${JSON.stringify(`${folder}/`)};`,
  },
  {
    why: "a symbol is looked up in a list of 200,000 names, thousands of times: a map makes minutes into seconds",
    passage: "newSymIndex=Object.keys(lib.exports).indexOf(symbol);",
    instead:
      "lib.places??=new Map(Object.keys(lib.exports).map((name,place)=>[name,place]));newSymIndex=lib.places.get(symbol)??-1;",
  },
  {
    why: "a global is made in each thread for each of 200,000 symbols, and only those that Lean imports are ever read",
    passage: 'GOT[symName]??=new WebAssembly.Global({value:"i32",mutable:true});GOT[symName].value=newValue',
    instead: "if(symName in GOT)GOT[symName].value=newValue",
  },
  {
    why: "each worker starts all over again; one is enough, and more start when they are needed",
    passage: "var pthreadPoolSize=4;",
    instead: "var pthreadPoolSize=1;",
  },
  {
    why: "only /tmp and /home are visible to Lean otherwise; LEAN_FOLDERS is a JSON list of further folders",
    passage: mount,
    instead: `${mount}for(const folder of JSON.parse(process.env.LEAN_FOLDERS??"[]")){FS.mkdirTree(folder);FS.mount(NODEFS,{root:folder},folder)}`,
  },
  {
    why: "a worker's stack is 4 MB otherwise, too little for the deeper proofs",
    passage: `${worker}}`,
    instead: `${worker},resourceLimits:{stackSizeMb:${stackMegabytes}}}`,
  },
  {
    why: "the build leaves a profile in the working folder otherwise",
    passage: "var ENV={};",
    instead: 'var ENV={LLVM_PROFILE_FILE:"/dev/null"};',
  },
];

/**
 * At the head of the copy: quiet about what it does, and Lean as the host has compiled it (see `host.ts`).
 *
 * It is compiled before anything else goes on: while it was compiled in the background, nothing else kept Node from ending, and now
 * and then, on a busy machine, a run ended before it had begun.
 */
const head = `{const log=console.log;console.log=(...words)=>{if(!String(words[0]).startsWith("[DEBUG:"))log(...words)};
const{workerData}=require("node:worker_threads");
if(workerData!=="em-pthread"){
var Module={instantiateWasm(imports,done){const{compiled}=workerData;done(new WebAssembly.Instance(compiled,imports),compiled)}}
}}
`;

/** Where `passage` stands, if it stands exactly once. */
const onlyPlace = (text: string, passage: string, why: string): number => {
  const at = text.indexOf(passage);
  if (at < 0 || text.indexOf(passage, at + 1) >= 0) {
    throw new Error(`This lean.js is not the one that this check is made for (${why}).`);
  }
  return at;
};

const declaration = "var _main,_lean_main,";
const assignment = "function assignWasmExports(wasmExports){";
const afterwards = "var wasmImports;function assignWasmImports()";

/** Leaves out the variables of functions that no JavaScript names. */
const trimmed = (text: string): string => {
  const why = "its exports are not where they were";
  const from = onlyPlace(text, declaration, why);
  const middle = onlyPlace(text, assignment, why);
  const to = onlyPlace(text, afterwards, why);
  const [before, after] = [text.slice(0, from), text.slice(to)];
  const declared = text
    .slice(from + "var ".length, middle)
    .replace(/;\s*$/, "")
    .split(",");
  const statements = text
    .slice(middle + assignment.length, to)
    .replace(/\}\s*$/, "")
    .split(";");
  const targetOf = (statement: string): string | undefined =>
    /^([\w$]+)=Module\["[^"]*"\]=wasmExports\[/.exec(statement)?.[1];
  const assigned = new Set(statements.map(targetOf));
  const named = new Set(`${before}${after}`.match(/[A-Za-z_$][\w$]*/g));
  const wanted = (name: string | undefined): boolean => name === undefined || !assigned.has(name) || named.has(name);
  const variables = declared.filter(wanted);
  const kept = statements.filter((statement) => wanted(targetOf(statement)));
  return `${before}var ${variables.join(",")};${assignment}${kept.join(";")}}${after}`;
};

/** The copy's text. @param folder where the package is */
export const glueFrom = (text: string, folder: string): string => {
  let glue = trimmed(text);
  for (const { passage, instead, why } of patchesFor(folder)) {
    const at = onlyPlace(glue, passage, why);
    glue = glue.slice(0, at) + instead + glue.slice(at + passage.length);
  }
  return head + glue;
};
