// The module's variables. Those that begin with PREFECT_API_ and PREFECT_CLIENT_ are Prefect's own, with its meanings.
import { z } from "zod";
import { flag, list, seconds, secretSetting, setting, type Section } from "../../core/settings.ts";

const path = z.string().max(4_096).optional();
const url = z.string().trim().max(2_048).optional();

export const SETTINGS = {
  apiUrl: setting(
    "PREFECT_API_URL",
    url,
    "Address of Prefect's API, which ends in `/api`, or that of a Prefect Cloud workspace. It switches the module on.",
  ),
  apiKey: secretSetting("PREFECT_API_KEY", "API key of Prefect Cloud (`pnu_…`), sent as a Bearer token."),
  authString: secretSetting(
    "PREFECT_API_AUTH_STRING",
    "`user:password` of a self-hosted Prefect, sent as Basic; it wins when `PREFECT_API_KEY` is set too.",
  ),
  customHeaders: secretSetting(
    "PREFECT_CLIENT_CUSTOM_HEADERS",
    "JSON object of headers for every request, for proxies such as Cloudflare Access.",
  ),
  // Its file form is Prefect's own PREFECT_API_SSL_CERT_FILE.
  certificate: secretSetting(
    "PREFECT_API_SSL_CERT",
    "PEM of the authority that signed Prefect's certificate; it replaces the system's.",
  ),
  insecure: setting(
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
    flag(false),
    "True accepts any certificate of Prefect; for trials only.",
  ),
  instancesPath: setting(
    "PREFECT_INSTANCES_PATH",
    path,
    "YAML file that names several Prefect servers; tools then take an `instance`.",
  ),
  uiUrl: setting(
    "PREFECT_UI_URL",
    url,
    "Address of Prefect's web pages for the links in answers; unset, it is made from the API's.",
  ),
  timeoutSeconds: setting(
    "PREFECT_TIMEOUT_SECONDS",
    seconds(1, 120, 15),
    "How many seconds Prefect may take for one request; a whole tool call may take twice as long.",
  ),
  takesCredentials: setting(
    "PREFECT_HEADER_CREDENTIALS",
    flag(false),
    "True lets callers bring their own Prefect: headers `x-prefect-api-url` and `-key` or `-auth-string`, all or nothing.",
  ),
  credentialHosts: setting(
    "PREFECT_HEADER_HOSTS",
    list(),
    "Comma list of the hosts (with their port, if any) that `x-prefect-api-url` may name; none by default.",
  ),
  docsUrl: setting(
    "PREFECT_DOCS_MCP_URL",
    url,
    "MCP server that searches Prefect's documentation; unset, there is no such tool and nothing is contacted.",
  ),
} satisfies Section;
