import type { Browser, LaunchOptions } from 'playwright-core';

export function browserPath(): Promise<string>;
export function startBrowser(options?: LaunchOptions): Promise<Browser>;
