"""What the caller may not do: set on command, told by IAM's simulation, and enforced where a role is handed on."""

from urllib.parse import parse_qsl
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

from .contract import Document
from .errors import AwsError

CALLER = "arn:aws:iam::123456789012:user/rig"


def require_pass_role(denied: set[str], body: Document) -> None:
    """Raises AccessDeniedException where a request hands a role on and the caller may not."""
    role = body.get("RoleArn") or body.get("ExecutionRoleArn")
    if role and "iam:PassRole" in denied:
        raise AwsError(
            "AccessDeniedException",
            f"User: {CALLER} is not authorized to perform: iam:PassRole on resource: {role} because no identity-based policy "
            "allows the iam:PassRole action",
        )


def simulate(denied: set[str], form: str) -> Response:
    """SimulatePrincipalPolicy: everything is allowed but what was denied on command. No policy is read."""
    fields = parse_qsl(form)
    actions = [value for name, value in fields if name.startswith("ActionNames.member.")]
    resources = [value for name, value in fields if name.startswith("ResourceArns.member.")] or ["*"]
    results = "".join(
        f"<member><EvalActionName>{escape(action)}</EvalActionName><EvalResourceName>{escape(resource)}</EvalResourceName>"
        f"<EvalDecision>{'implicitDeny' if action in denied else 'allowed'}</EvalDecision></member>"
        for action in actions
        for resource in resources
    )
    body = (
        '<SimulatePrincipalPolicyResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><SimulatePrincipalPolicyResult>'
        f"<IsTruncated>false</IsTruncated><EvaluationResults>{results}</EvaluationResults></SimulatePrincipalPolicyResult>"
        "</SimulatePrincipalPolicyResponse>"
    )
    return Response(body, 200, {"Content-Type": "text/xml"})
