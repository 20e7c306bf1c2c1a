export function storageServer(): string;
export function googlePython(): string;
export function vertexImagePython(): string;
export function vertexNewerPython(): string;
export function vertexPython(): string;
export function tablesServer(): string;
export function tablesPython(): string;
