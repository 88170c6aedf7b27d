/** Hues of tokens.css (`--service-0` …): told apart with any colour vision, by their lightness too. */
export const HUES = 10;

/** Shapes of `ServiceMark`; a new one for each round of hues. */
export const SHAPES = 5;

export interface ServiceColor {
  readonly hue: number;
  readonly shape: number;
}

/**
 * Gives every service a colour and a shape that it keeps while the page lives. A name prefers the hue of its
 * hash, so it mostly looks the same in the next visit too; taken hues go to the next free one.
 */
export class ServiceColors {
  readonly #known = new Map<string, ServiceColor>();

  of(service: string): ServiceColor {
    const known = this.#known.get(service);
    if (known) {
      return known;
    }
    const round = Math.floor(this.#known.size / HUES);
    const taken = new Set([...this.#known.values()].slice(round * HUES).map((color) => color.hue));
    let hue = hash(service) % HUES;
    while (taken.has(hue)) {
      hue = (hue + 1) % HUES;
    }
    const color = { hue, shape: round % SHAPES };
    this.#known.set(service, color);
    return color;
  }
}

/** FNV-1a over UTF-16 units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  }
  // The low bits of short names alone are too alike.
  return (value ^ (value >>> 15)) >>> 0;
}

/** The page's one registry. */
export const serviceColors = new ServiceColors();
