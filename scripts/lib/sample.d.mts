export function laySample(folder: string): string;
