/** A power of two. */
const slots = 4096;
const samples = 16;

/**
 * What was last found for texts. To look a long text up in a map takes longer than to compare it with
 * the one that was asked for last of those that look like it.
 */
export class RecentTexts<Found extends { readonly text: string } = { readonly text: string }> {
  readonly #slots = new Array<Found | undefined>(slots).fill(undefined);

  get(text: string): Found | undefined {
    const found = this.#slots[slotOf(text)];
    return found?.text === text ? found : undefined;
  }

  add(found: Found): void {
    this.#slots[slotOf(found.text)] = found;
  }

  delete(found: Found): void {
    const slot = slotOf(found.text);
    if (this.#slots[slot] === found) this.#slots[slot] = undefined;
  }
}

/** Of some of its characters and its length. */
function slotOf(text: string): number {
  const { length } = text;
  const step = Math.max(1, Math.floor(length / samples));
  let sum = length;
  for (let at = length - 1; at >= 0; at -= step) sum = (31 * sum + text.charCodeAt(at)) | 0;
  return (sum ^ (sum >>> 12)) & (slots - 1);
}
