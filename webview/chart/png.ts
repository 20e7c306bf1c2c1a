import type { ChartData } from '../../src/protocol';
import { chartNotes, chartTitle, groupTexts, rowsBadge } from '../../src/words-chart';
import { shadesOf } from './draw/matrices';
import { groupStyles, ink } from './draw/style';
import { type DataChartElement, drawSign } from './picture';

const PAD = 16;
const COLUMNS = 3;

/** The chart with its title, legend and remarks as a PNG in base64. */
export function chartPng(element: DataChartElement, data: ChartData): string {
  const pictures = element.pictures();
  const colours = ink();
  const scale = window.devicePixelRatio > 0 ? window.devicePixelRatio : 1;
  const columns = Math.min(COLUMNS, pictures.length);
  const wide = Math.max(...pictures.map(({ canvas }) => canvas.width / scale), 1);
  const high = Math.max(...pictures.map(({ canvas }) => canvas.height / scale), 1);
  const name = pictures.some((one) => one.name !== '') ? 20 : 0;
  const rows = Math.ceil(pictures.length / Math.max(1, columns));
  const width = Math.max(columns * (wide + PAD) + PAD, 420);
  const measure = document.createElement('canvas').getContext('2d');
  if (!measure) throw new Error('This window cannot draw.');
  const small = `${colours.font.size}px ${colours.font.family}`;
  measure.font = small;
  const notes = chartNotes(data).flatMap((note) => wrapped(note, width - 2 * PAD, measure));
  const keys = legendLines(data, width - 2 * PAD, measure);
  const shades = shadesOf(data, colours);
  const head = PAD + 22 + 18 + keys.length * 20 + (shades ? 20 : 0);
  const body = rows * (high + name + PAD);
  const height = head + body + notes.length * 16 + PAD;

  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(width * scale);
  canvas.height = Math.ceil(height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This window cannot draw.');
  context.scale(scale, scale);
  context.fillStyle = colours.ground;
  context.fillRect(0, 0, width, height);
  context.textBaseline = 'top';
  const write = (text: string, x: number, y: number, colour: string): void => {
    context.fillStyle = colour;
    context.fillText(text, x, y);
  };
  context.font = `600 16px ${colours.font.family}`;
  write(chartTitle(data.chart), PAD, PAD, colours.text);
  context.font = small;
  write(rowsBadge(data), PAD, PAD + 22, colours.muted);
  let y = PAD + 40;
  const styles = groupStyles(data.colours);
  for (const line of keys) {
    for (const { k, text, x } of line) {
      const style = styles[k];
      if (style) drawSign(context, style, data.body.kind, { x: PAD + x, y: y + 1, width: 24, height: 11 });
      write(text, PAD + x + 30, y, colours.text);
    }
    y += 20;
  }
  if (shades) {
    const from = PAD + measure.measureText(`${shades.title}  ${shades.from.text}`).width + 12;
    write(`${shades.title}  ${shades.from.text}`, PAD, y, colours.text);
    const fill = context.createLinearGradient(from, 0, from + 120, 0);
    fill.addColorStop(0, shades.from.colour);
    if (data.body.kind === 'correlation') fill.addColorStop(0.5, colours.ground);
    fill.addColorStop(1, shades.to.colour);
    context.fillStyle = fill;
    context.fillRect(from, y, 120, 11);
    write(shades.to.text, from + 128, y, colours.text);
    y += 20;
  }
  for (const [k, one] of pictures.entries()) {
    const x = PAD + (k % columns) * (wide + PAD);
    const top = y + Math.floor(k / columns) * (high + name + PAD);
    if (one.name !== '') write(one.name, x, top, colours.text);
    context.drawImage(one.canvas, x, top + name, one.canvas.width / scale, one.canvas.height / scale);
  }
  y += body;
  for (const note of notes) {
    write(note, PAD, y, colours.muted);
    y += 16;
  }
  return canvas.toDataURL('image/png').replace(/^data:image\/png;base64,/, '');
}

function wrapped(text: string, width: number, measure: CanvasRenderingContext2D): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && measure.measureText(longer).width > width) {
      lines.push(line);
      line = word;
    } else line = longer;
  }
  return [...lines, line];
}

interface Key {
  readonly k: number;
  readonly text: string;
  readonly x: number;
}

function legendLines({ colours }: ChartData, width: number, measure: CanvasRenderingContext2D): Key[][] {
  if (!colours.column) return [];
  const lines: Key[][] = [[]];
  let x = 0;
  for (const [k, text] of groupTexts(colours).entries()) {
    const needed = 30 + measure.measureText(text).width + 18;
    if (x > 0 && x + needed > width) {
      lines.push([]);
      x = 0;
    }
    lines.at(-1)?.push({ k, text, x });
    x += needed;
  }
  return lines;
}
