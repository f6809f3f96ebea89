/** 5xx and no more: a status of 600 and above is nobody's failure. */
export function isServerError(status: number): boolean {
  return status >= 500 && status < 600
}
