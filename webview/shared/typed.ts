import { noChange } from 'lit';
import { directive, Directive, type PartInfo, PartType, type PropertyPart } from 'lit/directive.js';

type Field = HTMLElement & { value: string };

/**
 * `.value` of a box that somebody types into, bound to what the view knows.
 *
 * A box that tells its value only when it is left (or Enter is pressed) holds text meanwhile that the view does not know.
 * A drawing for another reason, such as rows that arrive, must not take that text away: it is left alone until it is
 * told, unless the view's own value has become another one.
 */
class TypedValue extends Directive {
  private known: string | undefined;
  private isTyping = false;
  private listensTo: Field | undefined;

  constructor(part: PartInfo) {
    super(part);
    if (part.type !== PartType.PROPERTY || part.name !== 'value') {
      throw new Error('typed() stands at .value alone.');
    }
  }

  render(value: string): string {
    return value;
  }

  override update(part: PropertyPart, [value]: [string]): unknown {
    const element = part.element as Field;
    this.listen(element);
    const isSame = value === this.known;
    this.known = value;
    if (isSame && this.isTyping) return noChange;
    this.isTyping = false;
    if (element.value === value) return noChange;
    element.value = value;
    return noChange;
  }

  private listen(element: Field): void {
    if (this.listensTo === element) return;
    this.listensTo = element;
    element.addEventListener('input', () => {
      this.isTyping = true;
    });
    // Before the listener of the view, which draws at once.
    for (const end of ['change', 'blur']) {
      element.addEventListener(end, () => (this.isTyping = false), { capture: true });
    }
  }
}

export const typed = directive(TypedValue);
