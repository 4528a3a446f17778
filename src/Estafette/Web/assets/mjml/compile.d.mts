interface Fault {
  message: string;
  formattedMessage?: string;
}
type Compiler = (source: string, options: object) => { html: string; errors: Fault[] };
export function compileWith(compiler: Compiler, source: string): { html: string; errors: string[] };
