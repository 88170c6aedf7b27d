/** An answer that is not the one asked for: what the server said, and what it advises. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  constructor(
    /** HTTP status; 0 when no answer came at all. */
    readonly status: number,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}

/** Where the UI is served: `/`, or a proxy's sub-path. Always ends in a slash. */
export function basePath(): string {
  return new URL(".", document.baseURI).pathname;
}

/**
 * @param path relative to where the UI is served, such as `v1/traces`
 * @param query a list repeats its name
 * @throws ApiError when the server can't be reached, refuses, or answers something that is not JSON
 */
export async function getJson(
  path: string,
  query: Readonly<Record<string, string | readonly string[] | undefined>>,
  signal: AbortSignal,
): Promise<unknown> {
  const url = new URL(path, document.baseURI);
  for (const [name, value] of Object.entries(query)) {
    for (const word of value === undefined ? [] : [value].flat()) {
      url.searchParams.append(name, word);
    }
  }
  return json(url, await reach(url, { signal }));
}

/**
 * @param path as above
 * @throws ApiError as above
 */
export async function postForm(
  path: string,
  form: Readonly<Record<string, string>>,
  signal: AbortSignal,
): Promise<unknown> {
  const url = new URL(path, document.baseURI);
  return json(url, await reach(url, { signal, method: "POST", body: new URLSearchParams(form) }));
}

async function json(url: URL, response: Response): Promise<unknown> {
  const body = await response.text();
  if (!response.ok) {
    throw refusal(response.status, body);
  }
  try {
    return JSON.parse(body) as unknown;
  } catch {
    throw new ApiError(response.status, `${url.pathname}: the answer is not JSON`, "");
  }
}

async function reach(url: URL, request: RequestInit): Promise<Response> {
  try {
    return await fetch(url, { ...request, headers: { Accept: "application/json" } });
  } catch (error) {
    if (request.signal?.aborted) {
      throw error;
    }
    throw new ApiError(0, "", "");
  }
}

/** The server says `{"error", "hint"}`; Tempo's paths may answer in plain text. */
function refusal(status: number, body: string): ApiError {
  try {
    const json = JSON.parse(body) as { error?: unknown; hint?: unknown } | null;
    if (typeof json?.error === "string") {
      return new ApiError(status, json.error, typeof json.hint === "string" ? json.hint : "");
    }
  } catch {
    // Not JSON: the text itself is the message.
  }
  return new ApiError(status, body.slice(0, 300), "");
}
