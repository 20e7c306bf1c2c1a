/** A function that calls `draw` once after the current work, however often it was called in it. */
export function redrawer(draw: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    // A microtask, not a frame: a hidden view gets no frames and would come back with an old state.
    queueMicrotask(() => {
      asked = false;
      draw();
    });
  };
}

/** At most one call of `act` each `ms`; the last request is never lost. */
export function throttled(act: () => void, ms: number): () => void {
  let waiting = false;
  let last = -Infinity;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(
      () => {
        waiting = false;
        last = performance.now();
        act();
      },
      Math.max(0, last + ms - performance.now()),
    );
  };
}
