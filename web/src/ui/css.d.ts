import "react";

declare module "react" {
  /** Our custom properties, which tell style sheets a width or a colour. */
  interface CSSProperties {
    [name: `--${string}`]: string | number | undefined;
  }
}
