import * as fs from 'node:fs';
import { StringDecoder } from 'node:string_decoder';
import { messageOf } from '../../core/job-lines';
import type { LogWriter } from './log';

const PREFIX = Buffer.from('@mll ');
const NEWLINE = 10;
const LINE_END = Buffer.from('\n');
/** A line longer than this (a progress bar without line ends) goes to the log in pieces. */
const LINE_BYTES = 256 * 1024;
/** Points beyond this are counted in the log only. */
const MOST_POINTS = 500_000;

/** What a job says of itself between the lines of its log. */
export interface JobSays {
  stage(text: string, progress: number | undefined): void;
}

export interface OutputReader {
  read(bytes: Buffer): void;
  end(): void;
}

/** Takes one output of the job apart: lines for the lifecycle into metrics and stage, the rest into the log. Bytes that are no UTF-8 stay as they are. */
export function readOutput(log: LogWriter, metrics: MetricWriter, says: JobSays): OutputReader {
  let rest: Buffer = Buffer.alloc(0);

  const line = (bytes: Buffer): void => {
    const at = bytes.indexOf(PREFIX);
    if (at < 0 || !message(new StringDecoder('utf8').end(bytes.subarray(at)))) log.write(bytes);
    // What a script printed without an end of line (a progress bar) stands before the message.
    else if (at > 0) log.write(Buffer.concat([bytes.subarray(0, at), LINE_END]));
  };

  const message = (text: string): boolean => {
    const said = messageOf(text);
    if (!said || 'failure' in said) return false;
    if ('stage' in said) says.stage(said.stage, said.progress);
    else metrics.add({ name: said.metric, value: said.value, step: said.step, time: said.time });
    return true;
  };

  return {
    read(bytes) {
      const all = rest.length === 0 ? bytes : Buffer.concat([rest, bytes]);
      const end = all.lastIndexOf(NEWLINE) + 1;
      const whole = all.subarray(0, end);
      // Most output holds no message: then it goes on as one piece.
      if (!whole.includes(PREFIX)) {
        if (end > 0) log.write(whole);
      } else {
        for (let from = 0; from < end;) {
          const to = whole.indexOf(NEWLINE, from) + 1;
          line(whole.subarray(from, to));
          from = to;
        }
      }
      rest = all.subarray(end);
      if (rest.length > LINE_BYTES) {
        log.write(rest);
        rest = Buffer.alloc(0);
      } else if (rest.length > 0) {
        // A view would keep the whole chunk alive.
        rest = Buffer.from(rest);
      }
    },
    end() {
      if (rest.length > 0) line(Buffer.concat([rest, LINE_END]));
      rest = Buffer.alloc(0);
    },
  };
}

export interface MetricWriter {
  add(point: { name: string; value: unknown; step: unknown; time: unknown }): void;
  close(): void;
}

/** Appends metric points as JSON lines, some of them at once. NaN and infinity stay the strings that the job wrote. */
export function writeMetrics(file: string): MetricWriter {
  let waiting: string[] = [];
  let timer: NodeJS.Timeout | undefined;
  let points = 0;
  let broken = false;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (waiting.length === 0 || broken) return;
    const text = waiting.join('');
    waiting = [];
    try {
      fs.appendFileSync(file, text);
    } catch {
      // The final metrics.json is the authority; a full disk is told at the end of the job.
      broken = true;
    }
  };
  return {
    add(point) {
      if (++points > MOST_POINTS) return;
      waiting.push(`${JSON.stringify(point)}\n`);
      if (waiting.length >= 5_000) flush();
      else timer ??= setTimeout(flush, 100);
    },
    close: flush,
  };
}
