/** A style sheet that esbuild puts into the view's own .css file. */
declare module '*.css';
