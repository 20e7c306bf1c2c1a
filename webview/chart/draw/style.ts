import type { PointStyle } from 'chart.js';
import { color } from 'chart.js/helpers';
import type { ChartGroups } from '../../../src/protocol';
import { COLOURS, DASHES, SHAPES } from '../../shared/chart-style';
import { themeColour, themeKind } from '../../shared/theme';

/** How a group of rows is drawn: what is put together and what is missing is grey, all others have a colour each. */
export interface GroupStyle {
  readonly colour: string;
  readonly dashes: readonly number[];
  readonly shape: PointStyle;
  /** Filled, or drawn by its outline. */
  readonly filled: boolean;
}

export function groupStyles({ groups }: ChartGroups): GroupStyle[] {
  return groups.map((group, k) => {
    const grey = themeColour('descriptionForeground', '#888');
    if (group.is === 'missing') return { colour: grey, dashes: [1, 3], shape: 'crossRot', filled: false };
    if (group.is === 'other') return { colour: grey, dashes: [6, 6], shape: 'dash', filled: true };
    const [name, fallback] = COLOURS[k % COLOURS.length] ?? COLOURS[0];
    return {
      colour: themeColour(name, fallback),
      dashes: DASHES[k % DASHES.length] ?? [],
      shape: SHAPES[k % SHAPES.length] ?? 'circle',
      filled: true,
    };
  });
}

export const isHighContrast = (): boolean => themeKind().startsWith('high-contrast');

/** Colours and letters of the theme. */
export interface Ink {
  readonly text: string;
  readonly muted: string;
  readonly line: string;
  readonly ground: string;
  readonly font: { readonly family: string; readonly size: number };
}

export function ink(): Ink {
  return {
    text: themeColour('foreground', '#ccc'),
    muted: themeColour('descriptionForeground', '#999'),
    line: themeColour('contrastBorder', themeColour('panel-border', '#8884')),
    ground: themeColour('editor-background', '#1e1e1e'),
    font: { family: themeColour('font-family', 'sans-serif'), size: 11 },
  };
}

/** A colour between the ground and the full one; `share` is 0 to 1. */
export function shade(full: string, share: number, ground: string): string {
  // What is there is seen: the faintest shade differs from the ground.
  const alpha = 0.12 + 0.88 * Math.min(1, Math.max(0, share));
  return color(full).mix(color(ground), alpha).rgbString();
}

/** Black or white, whichever is read better on it (WCAG 2.2, relative luminance). */
export function textOn(ground: string): string {
  const { r, g, b } = color(ground).rgb as { r: number; g: number; b: number };
  const linear = (one: number): number => {
    const c = one / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  const luminance = 0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b);
  return (luminance + 0.05) / 0.05 > 1.05 / (luminance + 0.05) ? '#000000' : '#ffffff';
}

/** What all charts have in common. */
export const baseOptions = () => ({
  responsive: true,
  maintainAspectRatio: false,
  animation: false as const,
});

/** A tip looks as the editor's own. */
export function tooltipStyle({ text, line, font }: Ink) {
  return {
    backgroundColor: themeColour('editorHoverWidget-background', '#252526'),
    borderColor: themeColour('editorHoverWidget-border', line),
    borderWidth: 1,
    titleColor: text,
    bodyColor: text,
    titleFont: font,
    bodyFont: font,
    displayColors: false,
  };
}

/** What a tip is of; chart.js's own type is a union over all its charts. */
export interface Tip {
  readonly datasetIndex: number;
  readonly dataIndex: number;
  readonly parsed: { readonly x: number | null; readonly y: number | null };
}

export interface AxisOptions {
  readonly title: string;
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Both are on the axis, which may reach farther to round numbers. */
  readonly around?: readonly [number, number] | undefined;
  readonly text: (value: number) => string;
  readonly stacked?: boolean;
  /** Where marks stand; absent: chart.js chooses. */
  readonly marks?: readonly number[];
}

/** Lines behind the picture are weaker than it, in high contrast too. */
const faint = (full: string): string => color(full).alpha(0.4).rgbString();

/** An axis of numbers or of moments. */
export function numberAxis({ line, muted, font }: Ink, options: AxisOptions) {
  const { title, min, max, text, stacked = false, marks, around } = options;
  return {
    type: 'linear' as const,
    title: { display: title !== '', text: title, color: muted, font },
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    ...(around ? { suggestedMin: around[0], suggestedMax: around[1] } : {}),
    offset: false,
    reverse: false,
    stacked,
    grid: { color: faint(muted), lineWidth: 0.5 },
    border: { color: line },
    ticks: {
      color: muted,
      font,
      maxRotation: 45,
      autoSkipPadding: 12,
      maxTicksLimit: 9,
      callback: (value: string | number) => text(Number(value)),
    },
    ...(marks
      ? {
          afterBuildTicks: (axis: { ticks: { value: number }[] }) => {
            axis.ticks = marks.map((value) => ({ value }));
          },
        }
      : {}),
  };
}

/** An axis of named places, numbered from 0. */
export function placesAxis(
  { line, muted, font }: Ink,
  title: string,
  names: readonly string[],
  reverse = false,
) {
  return {
    type: 'linear' as const,
    title: { display: title !== '', text: title, color: muted, font },
    min: -0.5,
    max: names.length - 0.5,
    offset: false,
    reverse,
    grid: { display: false },
    border: { color: line },
    afterBuildTicks: (axis: { ticks: { value: number }[] }) => {
      axis.ticks = names.map((_, value) => ({ value }));
    },
    ticks: {
      color: muted,
      font,
      autoSkip: true,
      autoSkipPadding: 4,
      maxRotation: 60,
      callback: (value: string | number) => shortName(names[Number(value)] ?? ''),
    },
  };
}

const LONGEST = 24;
const TAIL = 8;

/** Names that begin alike are told apart by their ends. */
export const shortName = (name: string): string =>
  name.length > LONGEST ? `${name.slice(0, LONGEST - TAIL - 1)}…${name.slice(-TAIL)}` : name;
