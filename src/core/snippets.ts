import type { Access, Row } from './model';

export type SnippetLanguage = 'curl' | 'powershell' | 'python' | 'javascript';

/** The environment variable that a snippet takes the token from, so that no secret is copied around. */
export const TOKEN_VARIABLE = 'MLL_TOKEN';

/** A request as text for another program. No secret stands in it. */
export function snippet(language: SnippetLanguage, access: Access, rows: readonly Row[]): string {
  if (access.signed?.by === 'google') return googleSnippet(language, access.url, rows);
  if (access.signed) return signedSnippet(language, access.url, access.signed, rows);
  const target = `${access.url}/invocations`;
  switch (language) {
    case 'curl':
      return [
        `curl --fail-with-body ${posix(target)} \\`,
        `  -H "Authorization: Bearer $${TOKEN_VARIABLE}" \\`,
        `  -H 'Content-Type: application/json' \\`,
        `  --data-binary ${posix(JSON.stringify(rows))}`,
      ].join('\n');
    case 'powershell':
      return [
        `$body = ${powershell(JSON.stringify(rows))}`,
        `Invoke-RestMethod -Method Post -Uri ${powershell(target)} \``,
        `  -Headers @{ Authorization = "Bearer $env:${TOKEN_VARIABLE}" } \``,
        `  -ContentType 'application/json; charset=utf-8' \``,
        `  -Body ([Text.Encoding]::UTF8.GetBytes($body))`,
      ].join('\n');
    case 'python':
      return [
        'import json',
        'import os',
        'import urllib.request',
        '',
        `rows = json.loads(${asciiJson(JSON.stringify(rows))})`,
        'request = urllib.request.Request(',
        `    ${asciiJson(target)},`,
        '    data=json.dumps(rows).encode(),',
        '    headers={',
        `        "Authorization": f"Bearer {os.environ['${TOKEN_VARIABLE}']}",`,
        '        "Content-Type": "application/json",',
        '    },',
        ')',
        'with urllib.request.urlopen(request) as response:',
        '    for one in json.load(response)["predictions"]:',
        '        print(one)',
      ].join('\n');
    case 'javascript':
      return [
        `const rows = ${lineSafe(JSON.stringify(rows, null, 2))};`,
        `const response = await fetch(${JSON.stringify(target)}, {`,
        "  method: 'POST',",
        '  headers: {',
        `    Authorization: \`Bearer \${process.env.${TOKEN_VARIABLE}}\`,`,
        "    'Content-Type': 'application/json',",
        '  },',
        '  body: JSON.stringify(rows),',
        '});',
        'if (!response.ok) throw new Error(await response.text());',
        'console.log((await response.json()).predictions);',
      ].join('\n');
  }
}

/** A request to an endpoint on AWS: signed with the caller's own login, which its tools find by themselves. */
function signedSnippet(
  language: SnippetLanguage,
  url: string,
  { region, endpoint }: Extract<Access['signed'], { by: 'aws' }>,
  rows: readonly Row[],
): string {
  switch (language) {
    case 'curl':
      return [
        `curl --fail-with-body ${posix(url)} \\`,
        `  --aws-sigv4 ${posix(`aws:amz:${region}:sagemaker`)} \\`,
        '  --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" \\',
        '  -H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" \\',
        `  -H 'Content-Type: application/json' \\`,
        `  --data-binary ${posix(JSON.stringify(rows))}`,
      ].join('\n');
    case 'powershell':
      return [
        `$body = ${powershell(JSON.stringify(rows))}`,
        `[IO.File]::WriteAllText("$PWD/request.json", $body)`,
        `aws sagemaker-runtime invoke-endpoint --region ${region} --endpoint-name ${endpoint} \``,
        '  --content-type application/json --body fileb://request.json answer.json',
        'Get-Content answer.json',
      ].join('\n');
    case 'python':
      return [
        'import json',
        '',
        'import boto3',
        '',
        `rows = json.loads(${asciiJson(JSON.stringify(rows))})`,
        `client = boto3.client("sagemaker-runtime", region_name=${asciiJson(region)})`,
        'answer = client.invoke_endpoint(',
        `    EndpointName=${asciiJson(endpoint)}, ContentType="application/json", Body=json.dumps(rows)`,
        ')',
        'for one in json.load(answer["Body"])["predictions"]:',
        '    print(one)',
      ].join('\n');
    case 'javascript':
      return [
        "import { InvokeEndpointCommand, SageMakerRuntimeClient } from '@aws-sdk/client-sagemaker-runtime';",
        '',
        `const rows = ${lineSafe(JSON.stringify(rows, null, 2))};`,
        `const client = new SageMakerRuntimeClient({ region: ${JSON.stringify(region)} });`,
        'const answer = await client.send(',
        '  new InvokeEndpointCommand({',
        `    EndpointName: ${JSON.stringify(endpoint)},`,
        "    ContentType: 'application/json',",
        '    Body: JSON.stringify(rows),',
        '  }),',
        ');',
        'console.log(JSON.parse(answer.Body.transformToString()).predictions);',
      ].join('\n');
  }
}

/** A request to an endpoint on Google Cloud, with a token of the caller's own login, which its tools find by themselves. */
function googleSnippet(language: SnippetLanguage, url: string, rows: readonly Row[]): string {
  switch (language) {
    case 'curl':
      return [
        `curl --fail-with-body ${posix(url)} \\`,
        '  -H "Authorization: Bearer $(gcloud auth application-default print-access-token)" \\',
        `  -H 'Content-Type: application/json' \\`,
        `  --data-binary ${posix(JSON.stringify(rows))}`,
      ].join('\n');
    case 'powershell':
      return [
        `$body = ${powershell(JSON.stringify(rows))}`,
        '$token = gcloud auth application-default print-access-token',
        `Invoke-RestMethod -Method Post -Uri ${powershell(url)} \``,
        '  -Headers @{ Authorization = "Bearer $token" } `',
        `  -ContentType 'application/json; charset=utf-8' \``,
        `  -Body ([Text.Encoding]::UTF8.GetBytes($body))`,
      ].join('\n');
    case 'python':
      return [
        'import json',
        '',
        'import google.auth',
        'from google.auth.transport.requests import AuthorizedSession',
        '',
        `rows = json.loads(${asciiJson(JSON.stringify(rows))})`,
        'credentials, _ = google.auth.default(scopes=["https://www.googleapis.com/auth/cloud-platform"])',
        `response = AuthorizedSession(credentials).post(${asciiJson(url)}, json=rows)`,
        'response.raise_for_status()',
        'for one in response.json()["predictions"]:',
        '    print(one)',
      ].join('\n');
    case 'javascript':
      return [
        "import { GoogleAuth } from 'google-auth-library';",
        '',
        `const rows = ${lineSafe(JSON.stringify(rows, null, 2))};`,
        "const auth = new GoogleAuth({ scopes: 'https://www.googleapis.com/auth/cloud-platform' });",
        `const { data } = await auth.request({ url: ${JSON.stringify(url)}, method: 'POST', data: rows });`,
        'console.log(data.predictions);',
      ].join('\n');
  }
}

/** Between single quotes a POSIX shell changes nothing; a quote itself is written outside of them. */
function posix(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** PowerShell takes typographic quotes for quotes too; all are doubled. */
function powershell(text: string): string {
  return `'${text.replace(/['\u2018\u2019\u201a\u201b]/g, '$&$&')}'`;
}

/** A JSON string of ASCII letters only is also a Python string: both know \\uXXXX, and surrogate pairs meet again in json.loads. */
function asciiJson(text: string): string {
  return JSON.stringify(text.replace(/[^\u0020-\u007e]/g, escapeUnit));
}

function escapeUnit(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Line separators are allowed in JSON but break lines in editors and older engines. */
function lineSafe(json: string): string {
  return json.replace(/[\u2028\u2029]/g, escapeUnit);
}
