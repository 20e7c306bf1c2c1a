export function frontPython(): string;
export function imagePython(): string;
export function sdkPython(): string;
