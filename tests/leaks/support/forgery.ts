/** Ends the line, begins one that looks like the server's own, and paints the terminal, also with one character alone. */
export const forgery = '\r\n{"level":"fatal","msg":"forged"}\u001b[2J\u001b]0;owned\u0007\u009b31m\u2028';
