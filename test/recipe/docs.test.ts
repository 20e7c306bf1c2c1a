import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Session } from '../../src/engine/duckdb';
import { steps } from '../../src/recipe/catalogue';
import { stepsPage, type Outcome } from '../../src/recipe/docs';
import { apply, open } from './rig';
import { shown } from './samples';

let session: Session;
beforeAll(async () => {
  session = await open();
});
afterAll(() => session.close());

it('the page of steps is what the catalogue says and its examples give (vitest -u writes it)', async () => {
  const outcomes = new Map<string, Outcome>();
  for (const step of steps) {
    const { recipe, relation, tables } = shown(step);
    const { steps: list, ...head } = recipe;
    outcomes.set(step.info.kind, await apply(session, relation, list, head, tables));
  }
  await expect(stepsPage(outcomes)).toMatchFileSnapshot(
    path.resolve(import.meta.dirname, '../../docs/recipe-steps.md'),
  );
});
