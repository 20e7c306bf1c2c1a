import { html, render } from 'lit';
import { beforeEach, expect, it } from 'vitest';
import { typed } from '../../webview/shared/typed';

let told: string[] = [];
let known = '';

function draw(): HTMLInputElement {
  render(
    html`<input
      .value=${typed(known)}
      @change=${(event: Event) => {
        told.push((event.target as HTMLInputElement).value);
        draw();
      }}
    />`,
    document.body,
  );
  const box = document.querySelector('input');
  if (!box) throw new Error('No box.');
  return box;
}

function type(box: HTMLInputElement, text: string): void {
  box.value = text;
  box.dispatchEvent(new InputEvent('input', { bubbles: true }));
}

beforeEach(() => {
  told = [];
  known = '20';
});

it('leaves what is being typed when the view is drawn for another reason', () => {
  const box = draw();
  type(box, '8');
  draw();
  draw();
  expect(box.value).toBe('8');
  box.dispatchEvent(new Event('change'));
  expect(told).toEqual(['8']);
});

it('goes back to what the view knows when what was typed is not taken', () => {
  const box = draw();
  type(box, '8');
  box.dispatchEvent(new Event('change'));
  expect(box.value).toBe('20');
});

it('goes back when the box is left and nothing was told', () => {
  const box = draw();
  type(box, '8');
  box.dispatchEvent(new FocusEvent('blur'));
  draw();
  expect(box.value).toBe('20');
});

it('shows another value of the view at once, also over what is being typed', () => {
  const box = draw();
  type(box, '8');
  known = '30';
  draw();
  expect(box.value).toBe('30');
  type(box, '9');
  draw();
  expect(box.value).toBe('9');
});
