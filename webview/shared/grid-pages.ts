export interface Pages<Row> {
  /** The row, when it is here. */
  get(row: number): Row | undefined;
  /** Rows known beforehand, from `offset` on. */
  seed(offset: number, rows: readonly Row[]): void;
  /** Asks for what is missing of rows `first … end - 1` and ends requests for rows that nobody wants any more. */
  want(first: number, end: number): void;
  /** Forgets all; what was seen stays available as `stale` until its new page is here. */
  reset(): void;
  /** Asks again for pages that failed. */
  retry(): void;
  dispose(): void;
}

export interface PagesOptions<Row> {
  readonly size: number;
  /** Pages that are kept; the ones used longest ago go first. */
  readonly keep: number;
  /** While requests are under way, new ones wait so long (ms) for the scrolling to settle. */
  readonly settle: number;
  load(offset: number, limit: number, signal: AbortSignal): Promise<readonly Row[]>;
  onRows(): void;
  onError(error: unknown): void;
}

/** Rows of a table, fetched page by page as they come into view. */
export function createPages<Row>(options: PagesOptions<Row>): Pages<Row> {
  const { size, keep } = options;
  let pages = new Map<number, readonly (Row | undefined)[]>();
  let stale = new Map<number, readonly (Row | undefined)[]>();
  const loading = new Map<number, AbortController>();
  const failed = new Set<number>();
  // A loaded page may be short: the number of rows is an estimate at first.
  const loaded = new Set<number>();
  let wanted: readonly [number, number] = [0, 0];
  let timer: ReturnType<typeof setTimeout> | undefined;

  function isWhole(page: readonly (Row | undefined)[] | undefined, index: number): boolean {
    if (!page) return false;
    if (loaded.has(index)) return true;
    const from = Math.max(0, wanted[0] - index * size);
    const to = Math.min(size, wanted[1] - index * size);
    for (let i = from; i < to; i++) if (page[i] === undefined) return false;
    return true;
  }

  function put(index: number, rows: readonly (Row | undefined)[]): void {
    pages.delete(index);
    pages.set(index, rows);
    stale.delete(index);
    for (const old of pages.keys()) {
      if (pages.size <= keep) break;
      pages.delete(old);
      loaded.delete(old);
    }
  }

  async function load(index: number): Promise<void> {
    const abort = new AbortController();
    loading.set(index, abort);
    try {
      const rows = await options.load(index * size, size, abort.signal);
      if (abort.signal.aborted) return;
      put(index, rows);
      loaded.add(index);
      loading.delete(index);
      options.onRows();
    } catch (error) {
      if (abort.signal.aborted) return;
      loading.delete(index);
      failed.add(index);
      options.onError(error);
    }
  }

  function request(): void {
    timer = undefined;
    const from = Math.floor(wanted[0] / size);
    const to = Math.ceil(wanted[1] / size);
    for (let index = from; index < to; index++) {
      if (isWhole(pages.get(index), index) || loading.has(index) || failed.has(index)) continue;
      void load(index);
    }
  }

  function abandon(keepIndex: (index: number) => boolean): boolean {
    let any = false;
    for (const [index, abort] of loading) {
      if (keepIndex(index)) continue;
      loading.delete(index);
      abort.abort();
      any = true;
    }
    return any;
  }

  return {
    get(row) {
      const index = Math.floor(row / size);
      return pages.get(index)?.[row % size] ?? stale.get(index)?.[row % size];
    },
    seed(offset, rows) {
      rows.forEach((row, i) => {
        const index = Math.floor((offset + i) / size);
        const page = [...(pages.get(index) ?? [])];
        page[(offset + i) % size] = row;
        put(index, page);
      });
    },
    want(first, end) {
      const moved = first !== wanted[0] || end !== wanted[1];
      wanted = [first, end];
      const stopped = abandon((index) => (index + 1) * size > first && index * size < end);
      if (stopped || (timer !== undefined && moved)) {
        clearTimeout(timer);
        timer = setTimeout(request, options.settle);
      } else if (timer === undefined) request();
    },
    reset() {
      abandon(() => false);
      failed.clear();
      loaded.clear();
      if (pages.size > 0) stale = pages;
      pages = new Map();
    },
    retry() {
      failed.clear();
      request();
    },
    dispose() {
      if (timer !== undefined) clearTimeout(timer);
      abandon(() => false);
    },
  };
}
