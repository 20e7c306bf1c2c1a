import type { Area } from './signal';

/** An HTTP status in the ways in which clients, servers and gateways write it. */
function status(code: string, words: string): RegExp {
  const named = String.raw`\b(?:HTTP(?:/[\d.]+)?|http|status(?:[ _]?code)?|response(?:[ _]code)?|code|error|returned|answered|got|with)["']?\)?[:= ]{1,3}["'([]*${code}\b`;
  return new RegExp(
    String.raw`${named}|(?<![\d.:])${code}\)? (?:${words}|Client Error|Server Error)|\(${code}\)|<Response \[${code}\]>|\bHTTPError${code}\b|\b(?:${words})\b.{0,20}\b${code}\b`,
    'i',
  );
}

/** Connections, proxies and certificates, and bare HTTP answers. */
export const NETWORK: Area = {
  places: ['network'],
  signals: [
    {
      class: 'proxy-or-tls',
      when: /407 Proxy Authentication Required|Proxy Authentication Required|ProxyAuthenticationRequired|HTTP\/1\.[01] 407/i,
      quiet: true,
      cause: 'The proxy wants a user name and password.',
      fix: 'Set HTTPS_PROXY=http://<user>:<password>@<proxy>:<port>, or ask for an exception.',
    },
    {
      class: 'proxy-or-tls',
      when: /ProxyError|(?:Unable|[Cc]annot|[Ff]ailed|Could not) (?:to )?connect to (?:the )?proxy|Tunnel connection failed|ERR_PROXY_CONNECTION_FAILED|ERR_TUNNEL_CONNECTION_FAILED|Received HTTP code \d+ from proxy|tunneling socket could not be established|Could not resolve proxy: ?(?<proxy>\S+)|Proxy CONNECT aborted|Missing dependencies for SOCKS support/,
      quiet: true,
      cause: 'A proxy is set in the environment, but it does not answer or does not let this through.',
      fix: 'Correct or unset HTTPS_PROXY (NO_PROXY for addresses inside), or start the proxy (for example connect the VPN).',
    },
    {
      class: 'proxy-or-tls',
      when: /WRONG_VERSION_NUMBER|wrong version number|UNKNOWN_PROTOCOL|unknown protocol|http request to an https server|plain HTTP request was sent to HTTPS port|ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH)\w*|packet length too long|record layer failure|HTTP_REQUEST\b.{0,20}ssl/i,
      cause: 'One side speaks plain http and the other https (or a proxy answers in between).',
      fix: "Write http:// instead of https:// (or the other way round), or use the server's TLS port; for a proxy write http:// in HTTPS_PROXY.",
    },
    {
      class: 'proxy-or-tls',
      when: /CERTIFICATE_VERIFY_FAILED|certificate verify failed(?:: (?<why>[^(\n'"]{3,60}))?|SSLCertVerificationError|(?:unable to (?:get local issuer|verify the first) certificate)|self[- ]signed certificate|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_(?:VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT\w*)|CERT_HAS_EXPIRED|ERR_TLS_CERT_ALTNAME_INVALID|certificate (?:has expired|is not yet valid|signed by unknown authority|is not trusted)|x509: |SSL certificate problem|server certificate verification failed|Hostname mismatch|doesn't match (?:either of )?['"]|PKIX path building failed|SSLHandshakeException|tlsv1 alert|sslv3 alert|SSLV3_ALERT_HANDSHAKE_FAILURE|TLSV1_ALERT\w*|invalid peer certificate|UNEXPECTED_EOF_WHILE_READING|EOF occurred in violation of protocol|schannel: |Could not find a suitable TLS CA certificate bundle|SSL_ERROR_SYSCALL|CA certificates? .{0,30}(?:not found|missing)|SSLError\(/i,
      quiet: true,
      cause:
        "The server's certificate is not trusted here, or the two sides do not agree on TLS ({why|see the message}).",
      fix: "Set REQUESTS_CA_BUNDLE, SSL_CERT_FILE or NODE_EXTRA_CA_CERTS (git: http.sslCAInfo) to the company's CA file; for an expired certificate tell the server's owner.",
    },
    {
      class: 'network',
      when: /Could not resolve host(?:name)?:? ?(?<host>[\w.-]+)?|Temporary failure in name resolution|Name or service not known|getaddrinfo (?:failed|ENOTFOUND (?<other>[\w.-]+)|EAI_AGAIN)|\bENOTFOUND\b|\bEAI_AGAIN\b|nodename nor servname|NameResolutionError|Failed to resolve '(?<third>[\w.-]+)'|No address associated with hostname|UnknownHostException:? ?(?<fourth>[\w.-]+)?|DNS (?:query name does not exist|resolution failed|lookup failed|_PROBE|problem)|no such host|ERR_NAME_NOT_RESOLVED|dns error|Domain name resolution failed|could not translate host name "(?<fifth>[\w.-]+)"|Host (?<sixth>\S+) not found/i,
      cause: 'The name {host|{other|{third|{fourth|{fifth|{sixth|of the server}}}}}} cannot be found.',
      fix: 'Check the address (also the region in it) and the connection; connect to the VPN if the server is internal.',
    },
    {
      class: 'network',
      when: /ECONNREFUSED ?(?<host>[\w.:]+)?|[Cc]onnection refused|Errno (?:111|61|10061)\b|WinError 10061|actively refused it|ERR_CONNECTION_REFUSED|failed to connect to all addresses|Could not connect to the endpoint URL: "?(?<url>[^"\s]+)|EndpointConnectionError|Failed to connect to (?<other>[\w.-]+ port \d+)|Connect call failed|Couldn't connect to server/,
      rank: 2,
      cause:
        'Nothing answers at {host|{url|{other|this address}}}: no server runs there, the port or region is wrong, or a firewall refuses.',
      fix: 'Start the server, or correct host, port and region of the address.',
    },
    {
      class: 'network',
      when: /ECONNRESET|ConnectionResetError|[Cc]onnection (?:was )?(?:reset|aborted|closed|lost|broken|dropped)\b|RemoteDisconnected|Remote end closed connection|BrokenPipeError|\bEPIPE\b|[Bb]roken pipe|socket hang ?up|IncompleteRead|ChunkedEncodingError|ProtocolError|unexpected disconnect|early EOF|RPC failed; curl|ECONNABORTED|premature(?:ly)? (?:close|end of (?:chunk|stream))|ERR_(?:HTTP2|CONNECTION)_\w+|Errno (?:104|32|10054)\b|forcibly closed by the remote host|transfer closed with|stream was reset|Server disconnected|ERR_EMPTY_RESPONSE|Unexpected EOF|http2: server sent GOAWAY/,
      rank: 2,
      cause: 'The connection was cut in the middle of the request.',
      fix: "Try again; if it happens each time, look into the server's log for a crash (often memory), or a proxy that cuts long or large transfers.",
    },
    {
      class: 'network',
      when: /ConnectTimeout\w*|[Cc]onnect(?:ion)? (?:to \S+ )?timed? ?out|ETIMEDOUT|Errno (?:110|60|10060)\b|WinError 10060|[Nn]etwork is unreachable|ENETUNREACH|EHOSTUNREACH|No route to host|Errno (?:101|113)\b|Failed to establish a new connection|Max retries exceeded with url|Operation timed out|port \d+: (?:Connection|Operation) timed out|UND_ERR_CONNECT_TIMEOUT|ERR_(?:INTERNET_DISCONNECTED|NETWORK_CHANGED|TIMED_OUT|ADDRESS_UNREACHABLE)|fetch failed|Network Error\b|Unable to reach|i\/o timeout|(?:tcp|dial) .{0,40}timeout|handshake .{0,20}timed out|metadata server .{0,40}(?:unreachable|unavailable)|Could not reach/,
      rank: 2,
      cause:
        'The server does not answer at all: the network, a firewall or a missing route keeps the connection from being made.',
      fix: 'Check the connection, VPN and firewall; a job in a private network needs a route out (NAT or a private endpoint).',
    },
    {
      class: 'timeout',
      when: /[Rr]ead timed? ?out|ReadTimeout\w*|socket\.timeout|TimeoutError\b|The (?:read|write) operation timed out|DEADLINE_EXCEEDED|DeadlineExceeded|Deadline (?:of [\d.]+s )?(?:exceeded|expired)|UND_ERR_(?:HEADERS|BODY)_TIMEOUT|context deadline exceeded|(?:request|query|operation|call|job|upload|download|statement|task|process|step)\b[^\n]{0,40}(?:has )?timed out|(?:timed out|timeout) (?:after|waiting for|while)|TimeoutExpired|RequestTimeout\b|\b(?:504|408)\b.{0,30}(?:Time-?out|Gateway)|exceeded (?:the )?timeout|[Tt]imeout of [\d.]+ ?(?:m?s|seconds) exceeded|Execution timed out/,
      rank: 2,
      cause: 'The other side was reached but did not finish within the time limit.',
      fix: 'Raise the timeout, send or ask for less at once, and look at the log of the server for what takes long.',
    },
  ],
};

/** What is left to say when nothing but an HTTP status or a general word is there. */
export const HTTP: Area = {
  places: ['network'],
  signals: [
    {
      class: 'rate-limit',
      when: status('429', 'Too Many Requests'),
      rank: 4,
      cause: 'More requests arrive in a short time than the service takes.',
      fix: 'Wait as long as Retry-After says, then retry with growing pauses and fewer requests at once.',
    },
    {
      class: 'payload-too-large',
      when: status('413', 'Request Entity Too Large|Payload Too Large|Content Too Large'),
      rank: 4,
      cause: 'The request is larger than the service takes.',
      fix: 'Send fewer rows or a smaller file at once.',
    },
    {
      class: 'auth-expired',
      when: /(?:token|session|credentials?|login|sign-?in|password|secret)s?\b[^\n.]{0,30}(?:has|have|is|are|was) (?:already )?expired|(?:expired|EXPIRED) (?:token|session|credentials?|login)|TokenExpired\w*/i,
      rank: 4,
      cause: 'The sign-in or token has expired.',
      fix: 'Sign in again, or make a new token, and repeat the step.',
    },
    {
      class: 'auth-missing',
      when: status('401', 'Unauthorized|Unauthenticated'),
      rank: 4,
      cause: 'The service does not know who calls: no sign-in, or one that is not valid.',
      fix: 'Sign in again, or set a valid key or token, and repeat the step.',
    },
    {
      class: 'permission',
      when: status('403', 'Forbidden|Permission denied|Access denied'),
      rank: 4,
      cause: 'The sign-in is valid, but it may not do this.',
      fix: 'Ask the owner of the resource for the right, and check that you are signed in with the right account.',
    },
    {
      class: 'conflict',
      when: status('409', 'Conflict'),
      rank: 4,
      cause: 'Something of this name exists already, or was changed at the same time.',
      fix: 'Choose another name, or repeat the step on the new state.',
    },
    {
      class: 'not-found',
      when: status('404', 'Not ?Found'),
      rank: 4,
      cause: 'There is nothing under this address or name.',
      fix: 'Check name, id, region and address; upper and lower case count.',
    },
    {
      class: 'timeout',
      when: status('(?:504|408)', 'Gateway Time-?out|Request Time-?out|Deadline Exceeded'),
      rank: 4,
      cause: 'The service did not finish within its time limit.',
      fix: 'Try again with less at once, and look at the log of the server for what takes long.',
    },
    {
      class: 'network',
      when: status('50[23]', 'Bad Gateway|Service (?:Temporarily )?Unavailable|UNAVAILABLE'),
      rank: 4,
      cause: 'The service, or a gateway before it, is not available now.',
      fix: 'Try again later; if it lasts, look at the status page of the service or the log of your own server.',
    },
    {
      class: 'data-format',
      when: status('(?:422|415)', 'Unprocessable(?: Entity| Content)?|Unsupported Media Type'),
      rank: 4,
      cause: 'The service cannot read what was sent.',
      fix: 'Compare the body and its Content-Type with what the service describes.',
    },
  ],
};
