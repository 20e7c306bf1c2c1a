import { type Area, code } from './signal';

/** watsonx.ai Runtime, IBM Cloud IAM and Cloud Object Storage. */
export const IBM: Area = {
  places: ['watsonx'],
  signals: [
    {
      class: 'auth-missing',
      when: /`?api_?key`? .{0,40}(?:is not provided|not provided|missing|is required)|Error getting IAM Token|BXNIM0(?:415|109|400|401|436|137|125)E|Provided API key (?:could not be found|is (?:invalid|disabled|locked))|API key .{0,20}could not be found|Invalid (?:IBM Cloud )?API ?key|authentication_token_not_valid|invalid_credentials|`?(?:username|password|token)`? .{0,20}(?:is|are) not provided|CredentialRetrievalError/i,
      cause: 'IBM Cloud got no API key, or one that it does not accept.',
      fix: 'Create an IBM Cloud API key (Manage → Access (IAM) → API keys) and set it whole, without blanks, as WATSONX_APIKEY or api_key.',
    },
    {
      class: 'auth-expired',
      rank: 2,
      when: /authentication_token_expired|BXNIM0(?:407|408|410|461)E|(?:bearer |access |IAM )?token (?:has |is )?expired|WSCPA?\w*E?.{0,40}token .{0,20}expired|Failed to authenticate the request due to an expired token/i,
      cause: 'The IBM Cloud token has expired.',
      fix: 'Sign in again (the SDK does so when it is given the API key and not a token).',
    },
    {
      class: 'billing-or-api-disabled',
      when: /no_associated_service_instance\w*|is not associated with (?:a )?(?:WML|watsonx|Watson Machine Learning|service)|WML instance .{0,40}(?:not (?:associated|found|active)|inactive|does not exist)|service instance .{0,60}(?:inactive|disabled|removed|not associated)|instance_(?:inactive|not_active)|plan .{0,40}does not (?:support|allow|include)/i,
      cause: 'The project or space has no active watsonx.ai Runtime service.',
      fix: 'Open the project or space → Manage → Services & integrations, associate a watsonx.ai Runtime instance, then try again.',
    },
    {
      class: 'quota',
      when: /token_quota_reached|instance_quota_exceeded|(?:CUH|capacity unit.hours?) .{0,60}(?:exceed\w*|limit|used up|reached)|quota .{0,40}(?:exceeded|reached) .{0,40}(?:instance|plan)|(?:maximum|limit).{0,40}deployments? .{0,30}(?:reached|exceeded)|deployments? limit/i,
      cause: 'The plan of the watsonx.ai Runtime instance is used up or allows no more.',
      fix: 'Look at the usage in the instance’s Plan page; remove deployments, wait for the next month, or take a larger plan.',
    },
    {
      class: 'rate-limit',
      when: /rate_limit_reached\w*|consumption_limit_reached|too_many_requests\b/i,
      cause: 'More requests arrive in a short time than the plan takes.',
      fix: 'Wait, then retry with growing pauses and fewer requests at once.',
    },
    {
      class: 'not-found',
      when: /(?<code>(?:deployment|model|asset|space|project|training|experiment|function|software_spec\w*|resource)_(?:does_not_exist|not_found|not_supported|doesnt_exist))|Deployment with id '?(?<id>[\w-]+)'? does not exist|software[_ ]spec(?:ification)? .{0,60}(?:not found|does not exist|not exist|could not be found)|(?:space|project|model|asset) .{0,60}(?:could not be found|cannot be found)|Model '?(?<model>[\w/.-]+)'? (?:was not found|is not supported for this environment)/i,
      cause: 'watsonx knows no such thing in this space or project and region: {id|{model|see the message}}.',
      fix: 'Copy the id from its page (API reference tab, or Manage tab of the space), and check space and region of the address.',
    },
    {
      class: 'version-mismatch',
      when: /software spec\w* .{0,80}(?:is )?(?:deprecated|unsupported|not supported|retired|constricted|withdrawn)|unsupported software spec\w*|(?:framework|runtime|model type) .{0,80}(?:is )?(?:not supported|deprecated|unsupported|constricted)/i,
      cause: 'The software specification or model type is not, or no longer, supported.',
      fix: 'Choose a current one (client.software_specifications.list(), for example runtime-25.1-py3.12) and train with its library versions.',
    },
    {
      class: 'invalid-argument',
      when: /`url` is not provided|url_not_provided|default (?:space|project) (?:is )?not set|set[._]default_(?:space|project)|(?:space_id|project_id) .{0,40}(?:is|are|not) (?:not )?(?:provided|required|set)|Invalid (?:project|space) GUID|one of .{0,40}(?:space_id|project_id)|`?version`? .{0,40}(?:is not provided|missing)/i,
      cause: 'The address, the space or the project id is missing or is not valid.',
      fix: 'Set url to the region (for example https://eu-de.ml.cloud.ibm.com) and the id from the Manage tab of project or space.',
    },
    {
      class: 'permission',
      when: /user_authorization_failed|authorization_rejected|not_authorized\b|WSCPA0002E|BXNIM0(?:513|514)E|(?:user|service id|member) .{0,60}(?:is not authorized|does not have (?:the )?(?:access|permission|role))|insufficient (?:access|permission|authoriz)\w*/i,
      cause: 'You may not do this in this space or project.',
      fix: 'Ask an administrator of the space or project for the role Editor (Manage → Access control), and for access to the service in IAM.',
    },
    {
      class: 'data-format',
      when: /invalid_(?:payload|input_data|scoring)\w*|input_data .{0,60}(?:missing|invalid|required|must)|(?:fields|values) .{0,40}(?:do(?:es)? not match|mismatch).{0,40}(?:schema|input)/i,
      cause: 'The scoring request does not have the form that the deployment reads.',
      fix: 'Send {"input_data": [{"fields": [...], "values": [[...]]}]} with all columns in the training order.',
    },
    {
      class: 'invalid-argument',
      when: [
        code(
          'invalid_request_\\w+',
          'invalid_input_argument',
          'invalid_parameter\\w*',
          'json_type_error',
          'json_validation_error',
          'missing_\\w+',
          'bad_request',
          'WSCPA\\d{4}E',
        ),
        /watson|ibm|wml|WSCP|trace/i,
      ],
      rank: 4,
      cause: 'watsonx refused the request because one of its values is not valid.',
      fix: 'Correct the field that the message names, and send it again.',
    },
  ],
};
