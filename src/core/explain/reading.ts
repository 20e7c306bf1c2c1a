import { unwrap } from './unwrap';

/** A text, or a part of it, in the two forms on which signals are tested. */
export interface Passage {
  /** Lines without what a logger put before them, blanks collapsed. */
  readonly lines: string;
  /** The same with every white space a single blank. */
  readonly flat: string;
}

/** A failure text taken apart. */
export interface Reading {
  /** The last traceback with all that is chained to it, and what follows; the whole body where there is none. */
  readonly end: Passage;
  /** All but progress, notices and warnings. */
  readonly body: Passage;
  /** Everything. */
  readonly all: Passage;
  /** True for a text that says that something failed, in the way in which programs say it. */
  readonly failed: boolean;
  /** True for the log of something that went well. */
  readonly wentWell: boolean;
}

type Level = 'quiet' | 'warning' | 'error' | 'none';

interface Line {
  readonly text: string;
  readonly level: Level;
}

/** What loggers, containers and launchers write before a line; each may stand after another one. */
const PREFIXES: readonly RegExp[] = [
  // 2026-11-23T11:11:10.123Z, [2026-11-23 11:11:10 +0000], 11:11:10,123
  /^\[?\d{4}[-/]\d\d[-/]\d\d[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?\]?[ ,:|-]*/,
  /^\[?\d\d:\d\d:\d\d(?:[.,]\d+)?\]?[ ,:|-]+/,
  /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)?,? ?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +\d+ \d\d:\d\d:\d\d(?: \d{4})?[ :|-]*/,
  // container logs: stderr F, algo-1-x |, [1,mpirank:0,algo-1]<stderr>:, (task, pid=12), [rank0]:
  /^(?:stdout|stderr) [FP] /,
  /^[\w.-]+(?:-\d[\w-]*)? +\| /,
  /^\[\d+,[^\]]*\]\s*<std(?:out|err)>: ?/,
  /^\([\w.:-]+[ ,]+(?:pid|ip)=[^)]*\) ?/,
  /^\[(?:default\d*|rank\d+|\d+)\]: ?/,
  // [20657] as gunicorn's process
  /^\[\d+\] +(?=\[)/,
  /^(?:│|┃|║|\||>) /,
  // an E in a column of its own is what pytest puts before a failure
  /^E {3,}(?=\w)/,
];

const LEVEL =
  /^\[?(DEBUG|TRACE|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL|SEVERE)\]?(?=[\s:|,\]/-]|$)[\s:|,\]-]*/i;

/** The module that a logger names after the level: `ERROR:root:`, `INFO sagemaker-containers -`. */
function levelOf(word: string): Level {
  if (/^(?:DEBUG|TRACE|INFO|NOTICE)$/i.test(word)) return 'quiet';
  return /^WARN/i.test(word) ? 'warning' : 'error';
}

/** A line of a traceback counts as what it is, whatever the logger took it for. */
const FAILURE_LINE =
  /^(?:Traceback \(most recent|File "|Caused by:|(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception|Failure|Fault|Exit|Interrupt|Timeout)\b ?[:(])|^(?:[\w$]+\.)+[a-z]?\w*(?:Error|Exception)$/;

const WARNING_LINE = /(?:^|[\s:])(?:[A-Z]\w*)?Warning: |^warning[: [(]/i;

function readLine(raw: string): Line {
  let text = raw.replaceAll(/\s+/g, ' ').trim();
  let level: Level = 'none';
  for (let again = true; again;) {
    again = false;
    for (const prefix of PREFIXES) {
      const rest = text.replace(prefix, '');
      if (rest !== text) {
        text = rest.trimStart();
        again = true;
      }
    }
    const found = LEVEL.exec(text);
    // A sentence may begin with such a word; a level is in capitals or set off from what follows.
    if (found?.[1] !== undefined && isLevel(found[0], found[1])) {
      level = levelOf(found[1]);
      text = text.slice(found[0].length);
      again = true;
    }
  }
  if (FAILURE_LINE.test(text)) level = 'error';
  else if (level === 'none' && WARNING_LINE.test(text)) level = 'warning';
  return { text, level };
}

function isLevel(found: string, word: string): boolean {
  return word === word.toUpperCase() || /^\[|[\]:|]/.test(found.slice(word.length)) || found.startsWith('[');
}

function passage(lines: readonly Line[]): Passage {
  const text = lines.map((one) => one.text).join('\n');
  return { lines: text, flat: text.replaceAll(/\s+/g, ' ').trim() };
}

/** Where the last traceback begins, counted with the ones to which it is chained; -1 without one. */
function lastTraceback(lines: readonly Line[]): number {
  const starts = lines.flatMap((one, at) =>
    one.text.includes('Traceback (most recent call last)') ? [at] : [],
  );
  let at = starts.pop() ?? -1;
  while (at > 0) {
    const before = lines.slice(Math.max(0, at - 3), at).map((one) => one.text);
    const chained = before.some((one) =>
      /^(?:During handling of the above|The above exception was)/.test(one),
    );
    const earlier = starts.pop();
    if (!chained || earlier === undefined) break;
    at = earlier;
  }
  return at;
}

const WENT_WELL =
  /\b(?:completed|finished|succeeded|exited|ended|done|deployed|created|built|saved|uploaded)\b.{0,20}\bsuccess(?:fully)?\b|\bsuccess(?:fully)? (?:completed|finished|built|installed|deployed|uploaded|saved|trained|created)\b|^(?:Successfully (?:installed|built|tagged|pushed)|Everything is up to date|Done[.!]?|SUCCESS(?:FUL)?|Completed|BUILD SUCCESS\w*)\b|\bexit(?:ed)?(?: with)?(?: code| status)?:? 0\b|\bJOB_STATE_SUCCEEDED\b|\btraining (?:job )?(?:is )?(?:completed|complete|finished|done)\b|\b0 (?:errors|failed)\b/im;

/** How programs say that something failed: a word of failure set off as a heading, a code, or a verb that did not succeed. */
const FAILED =
  /(?:^|[\s[("'|])(?:[A-Za-z.]*(?:Error|Exception|Failure|Fault)|errors?|ERROR|fatal|FATAL|FAILED|failed|Failed)\b['"]?\s*[:(–-]|\bexit(?:ed)? (?:with )?(?:code|status)\b|\bstatus[ _]?code\b|"(?:error|code|message|reason)"\s*:|\bHTTP(?:\/[\d.]+)? ?[45]\d\d\b|\b(?:Code|Error|error): ?\d{2,}|\(\w+(?:Error|Exception|Denied|NotFound|Exceeded|Failed)\)/m;
const FAILED_WORD =
  /\b(?:errors?|exception|failed|failure|fatal|denied|unable|could not|couldn't|cannot|can't|invalid|refused|not found|not exist|exceed\w*|insufficient|expired|unauthorized|forbidden|missing|already|unknown|unsupported|unexpected|timed out|conflict|[A-Za-z]+(?:Error|Exception))\b/i;
const FEW_WORDS = 40;

/** A long text of sentences without any of the marks of a program's failure is taken for prose. */
function tellsOfFailure(lines: readonly Line[], flat: string): boolean {
  if (lines.some((one) => one.level === 'error' || FAILED.test(one.text))) return true;
  return flat.split(' ').length <= FEW_WORDS && FAILED_WORD.test(flat);
}

/** Takes a failure text apart. Never throws, whatever the text. */
export function read(text: string): Reading {
  const lines = unwrap(text)
    .split('\n')
    .map(readLine)
    .filter((one) => one.text !== '');
  const said = lines.filter((one) => one.level === 'none' || one.level === 'error');
  const body = passage(said);
  const at = lastTraceback(said);
  const last = lines.slice(-3);
  const failed = tellsOfFailure(said, body.flat);
  return {
    end: at < 0 ? body : passage(said.slice(at)),
    body,
    all: passage(lines),
    failed,
    wentWell: !said.some((one) => one.level === 'error') && last.some((one) => WENT_WELL.test(one.text)),
  };
}
