import { unwrap } from './unwrap';

/** A text, or a part of it, in the two forms on which signals are tested. */
export interface Passage {
  /** Lines without what a logger put before them, blanks collapsed. */
  readonly lines: string;
  /** The same with every white space a single blank. */
  readonly flat: string;
  /** As `flat`, with codes spelled as words: `QUOTA_EXCEEDED` and `QuotaExceeded` become `quota exceeded`. */
  readonly spelled: string;
}

/** A failure text taken apart. */
export interface Reading {
  /** What the last exception of the last traceback says, and what follows; else the same as `end`. */
  readonly last: Passage;
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

type Level = 'source' | 'quiet' | 'warning' | 'error' | 'none';

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
  // [LightGBM] [Fatal], [client-3] ERROR
  /^\[[A-Za-z][\w.-]*\] +(?=\[?(?:DEBUG|INFO|WARN|WARNING|ERROR|FATAL|Debug|Info|Warning|Error|Fatal)\b)/,
  // What pytest puts before a failure.
  /^E (?=(?:[\w.]+\.)?\w+(?:Error|Exception)\b|assert )/,
  // sagemaker-containers INFO, root - INFO -, {process.py:12} INFO
  /^(?:\{[^}]*\}|[\w.-]+)(?: -)? (?=(?:DEBUG|INFO|NOTICE|WARNING|WARN|ERROR|CRITICAL|FATAL)(?:[ :|-]|$))/,
];

const LEVEL =
  /^\[?(DEBUG|TRACE|INFO|NOTICE|WARN|WARNING|ERROR|ERR|CRITICAL|FATAL|SEVERE)\]?(?=[\s:|,\]/-]|$)[\s:|,\]-]*/i;

/** W tensorflow/…:64], E0712 14:02:43.947 35559 memcache.go:265] */
const LETTER = /^(?<letter>[DIWEF])(?:\d{4} [\d:.]+ +\d+ | (?=tensorflow\/|external\/))\S+\] ?/;
const LETTERS: Readonly<Record<string, Level>> = {
  D: 'quiet',
  I: 'quiet',
  W: 'warning',
  E: 'error',
  F: 'error',
};

/** A log line that is a JSON object. */
const JSON_LEVEL =
  /^\{.{0,300}?"(?:level|severity|levelname|lvl)" ?: ?"(?<level>debug|trace|info|notice|warn(?:ing)?|err(?:or)?|critical|fatal|severe)"/i;

/** Source code that stands in a traceback or was pasted: what it would say, it has not said. */
const SOURCE =
  /^(?:except\b.*:$|raise \w+|def \w+\(|class \w+.*:$|import [\w., ]+$|from [\w.]+ import |try:$|if [^A-Z].*:$)/;

/** The module that a logger names after the level: `ERROR:root:`, `INFO sagemaker-containers -`. */
function levelOf(word: string): Level {
  if (/^(?:DEBUG|TRACE|INFO|NOTICE)$/i.test(word)) return 'quiet';
  return /^WARN/i.test(word) ? 'warning' : 'error';
}

/** A line of a traceback counts as what it is, whatever the logger took it for. */
const FAILURE_LINE =
  /^(?:Traceback \(most recent|File "|Caused by:|(?:[\w$]+\.)*[A-Z]\w*(?:Error|Exception|Failure|Fault|Exit|Interrupt|Timeout|Invalid)\b ?[:(]|(?:\w+\.)*\w*(?:exception|error|platform)s?\w*\.[A-Z]\w+: |[A-Z][A-Za-z]+: [45]\d\d )|^(?:[\w$]+\.)+[a-z]?\w*(?:Error|Exception)$/;

const WARNING_LINE = /(?:^|[\s:])(?:[A-Z]\w*)?Warning: |^warning[:[(]/i;

const LONGEST_LINE = 4000;

function readLine(raw: string): Line {
  let text = raw.replaceAll(/\s+/g, ' ').trim();
  if (text.length > LONGEST_LINE) {
    text = `${text.slice(0, LONGEST_LINE / 2)} … ${text.slice(-LONGEST_LINE / 2)}`;
  }
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
    const letter = LETTER.exec(text);
    if (letter) {
      level = LETTERS[letter.groups?.letter ?? ''] ?? level;
      text = text.slice(letter[0].length);
      again = true;
    }
    const found = LEVEL.exec(text);
    // A sentence may begin with such a word; a level is in capitals or set off from what follows.
    if (found?.[1] !== undefined && isLevel(found[0], found[1])) {
      level = levelOf(found[1]);
      text = text.slice(found[0].length);
      again = true;
    }
  }
  const json = JSON_LEVEL.exec(text)?.groups?.level;
  if (json !== undefined) level = levelOf(json);
  if (SOURCE.test(text)) return { text, level: 'source' };
  if (FAILURE_LINE.test(text)) level = 'error';
  else if (level === 'none' && WARNING_LINE.test(text)) level = 'warning';
  return { text, level };
}

function isLevel(found: string, word: string): boolean {
  return word === word.toUpperCase() || /^\[|[\]:|]/.test(found.slice(word.length)) || found.startsWith('[');
}

function passage(lines: readonly Line[]): Passage {
  const text = lines.map((one) => one.text).join('\n');
  const flat = text.replaceAll(/\s+/g, ' ').trim();
  return { lines: text, flat, spelled: spell(flat) };
}

/** Names of errors that say in themselves what happened. */
const CODE_NAME =
  /(?<![\w/.$-])(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?:[a-z]+\.)*(?:[A-Z][a-z]+|[A-Z]{2,}(?=[A-Z][a-z])){2,})(?![\w/(])/g;

function spell(flat: string): string {
  return flat.replaceAll(CODE_NAME, (name) => {
    const words = name
      .replace(/^(?:[a-z]+\.)+/, '')
      .replaceAll('_', ' ')
      .replaceAll(/([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
      .toLowerCase();
    return words.replaceAll(/\s+/g, ' ').trim();
  });
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

/** Where the exception stands that ended the last traceback: after its last frame; -1 where it was cut off. */
function lastException(lines: readonly Line[]): number {
  const frame = lines.findLastIndex((one) => one.text.startsWith('File "'));
  return lines.findIndex((one, at) => at > frame && one.level === 'error');
}

const WENT_WELL =
  /\b(?:completed|finished|succeeded|exited|ended|done|deployed|created|built|saved|uploaded)\b.{0,20}\bsuccess(?:fully)?\b|\bsuccess(?:fully)? (?:completed|finished|built|installed|deployed|uploaded|saved|trained|created)\b|^(?:Successfully (?:installed|built|tagged|pushed)|Everything is up to date|Done[.!]?|SUCCESS(?:FUL)?|Completed|BUILD SUCCESS\w*)\b|\bexit(?:ed)?(?: with)?(?: code| status)?:? 0\b|\bJOB_STATE_SUCCEEDED\b|\btraining (?:job )?(?:is )?(?:completed|complete|finished|done)\b|\b0 (?:errors|failed)\b/im;

const NOT_WELL = /\b(?:not|never|cannot|fail\w*|errors?|unable)\b|n't\b/i;

/** How programs say that something failed: a word of failure set off as a heading, a code, or a verb that did not succeed. */
const FAILED =
  /(?:^|[\s[("'|])(?:[A-Za-z.]*(?:Error|Exception|Failure|Fault)|errors?|ERROR|fatal|FATAL|FAILED|failed|Failed)\b['"]?\s*[:(–-]|\bexit(?:ed)?[_ ](?:with )?(?:code|status)\b|(?:^|[A-Za-z])(?:NotFound|Denied|Exceeded|Failed|Unavailable|Mismatch|Conflict|Missing|Expired|Timeout)\b(?::|$)|\bstatus[ _]?code\b|"(?:error|code|message|reason)"\s*:|\bHTTP(?:\/[\d.]+)? ?[45]\d\d\b|\b[45]\d\d (?:Bad|Service|Gateway|Too|Request|Not|Forbidden|Unauthorized|Conflict|Payload|Client|Server)\b|^[A-Z][A-Z_]{6,}: |\b(?:Code|Error|error): ?\d{2,}|\(\w+(?:Error|Exception|Denied|NotFound|Exceeded|Failed)\)|^\[[A-Z][A-Z_.]{6,}\]|\bSQLSTATE\b|\b(?:cat|cd|ls|cp|mv|rm|bash|sh|chmod|mkdir|touch|wget|curl): /m;
const FAILED_WORD =
  /(?<![a-z])(?:errors?|exception|failed|failure|fatal|denied|unable|could not|couldn't|cannot|can't|invalid|refused|no such|did not|didn't|not found|not exist|exceed\w*|insufficient|expired|unauthorized|forbidden|missing|already|unknown|unsupported|unexpected(?:ly)?|never became|timed out|time-?out|conflict|not \w+ed|[A-Za-z]+(?:Error|Exception))(?![a-z])/i;
/** What documentation says of a failure that may happen. */
const IN_CASE =
  /\b(?:to (?:avoid|prevent)|if (?:you|the|it|an?)|in case|whenever|when (?:the|you|an?)|make sure|raises? (?:an?|the)|(?:will|should|would|may|might) (?:raise|throw|fail))\b/i;
const FEW_WORDS = 40;

/** A long text of sentences without any of the marks of a program's failure is taken for prose. */
function tellsOfFailure(lines: readonly Line[], flat: string): boolean {
  if (lines.some((one) => one.level === 'error' || FAILED.test(one.text))) return true;
  return flat.split(' ').length <= FEW_WORDS && FAILED_WORD.test(flat) && !IN_CASE.test(flat);
}

/** Takes a failure text apart. Never throws, whatever the text. */
export function read(text: string): Reading {
  const lines = unwrap(text)
    .split('\n')
    .map(readLine)
    .filter((one) => one.text !== '' && one.level !== 'source');
  const said = lines.filter((one) => one.level === 'none' || one.level === 'error');
  const body = passage(said);
  const at = lastTraceback(said);
  const tail = lines.slice(-3);
  const failed = tellsOfFailure(said, body.flat);
  const end = at < 0 ? body : passage(said.slice(at));
  const raised = at < 0 ? -1 : lastException(said);
  return {
    last: raised < 0 ? end : passage(said.slice(raised)),
    end,
    body,
    all: passage(lines),
    failed,
    wentWell:
      !said.some((one) => one.level === 'error') &&
      tail.some((one) => WENT_WELL.test(one.text) && !NOT_WELL.test(one.text)),
  };
}
