"""The manifests are Kubernetes' own, and hold what the guide promises."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate  # type: ignore[import-untyped]
import pytest
import yaml

from chatwarden.cli import app
from chatwarden.settings import Settings

_ROOT = Path(__file__).parents[3] / "deploy" / "kubernetes"
_SERVICES = ("ingest", "processor", "enforce", "record", "bot", "api")


def documents() -> Iterator[dict[str, Any]]:
    kustomization = yaml.safe_load((_ROOT / "base" / "kustomization.yaml").read_text())
    for name in kustomization["resources"]:
        yield from yaml.safe_load_all((_ROOT / "base" / name).read_text())


def of_kind(kind: str) -> dict[str, dict[str, Any]]:
    return {one["metadata"]["name"]: one for one in documents() if one["kind"] == kind}


def pods() -> dict[str, dict[str, Any]]:
    return {
        name: one["spec"]["template"]["spec"]
        for name, one in (of_kind("Deployment") | of_kind("Job")).items()
    }


_VERSIONS = ("1.31", "1.35")


@pytest.mark.parametrize("version", _VERSIONS)
def test_each_manifest_is_what_kubernetes_takes_and_nothing_it_does_not_know(version: str) -> None:
    for document in documents():
        kubernetes_validate.validate(document, version, strict=True)


def test_a_field_that_kubernetes_does_not_know_would_be_found() -> None:
    wrong = of_kind("Deployment")["api"]
    wrong["spec"]["replica"] = 2

    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, _VERSIONS[0], strict=True)


def test_every_file_is_listed() -> None:
    kustomization = yaml.safe_load((_ROOT / "base" / "kustomization.yaml").read_text())
    files = {path.name for path in (_ROOT / "base").iterdir()} - {"kustomization.yaml"}

    assert files == set(kustomization["resources"])
    assert set(of_kind("Deployment")) == set(_SERVICES)


@pytest.mark.parametrize("name", [*_SERVICES, "migrate"])
def test_each_pod_runs_as_nobody_reads_only_and_may_nothing(name: str) -> None:
    pod = pods()[name]
    (container,) = pod["containers"]

    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod["automountServiceAccountToken"] is False
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert set(container["resources"]["limits"]) == {"memory"}
    assert {mount["name"] for mount in container["volumeMounts"]} == {
        v["name"] for v in pod["volumes"]
    }


@pytest.mark.parametrize("name", _SERVICES)
def test_each_service_has_probes_a_budget_and_a_second_pod(name: str) -> None:
    deployment = of_kind("Deployment")[name]
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    labels = deployment["spec"]["template"]["metadata"]["labels"]

    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert "startupProbe" in container
    assert deployment["spec"]["replicas"] >= 2
    assert deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0
    assert deployment["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("PodDisruptionBudget")[name]["spec"]["selector"]["matchLabels"] == labels


def test_each_command_exists() -> None:
    commands = {
        command.callback.__name__ for command in app.registered_commands if command.callback
    }
    for name, pod in pods().items():
        program, *arguments = pod["containers"][0]["args"]
        assert (program, arguments) == ("chatwarden-processor", []) or (program, arguments) == (
            "chatwarden",
            [name],
        )
        assert not arguments or arguments[0] in commands


def test_each_secret_is_a_setting_and_the_token_goes_only_where_telegram_is_asked() -> None:
    holders: dict[str, set[str]] = {}
    for name, pod in pods().items():
        for item in next(v for v in pod["volumes"] if v["name"] == "secrets")["secret"]["items"]:
            holders.setdefault(item["path"], set()).add(name)

    known = {f"chatwarden_{field}" for field in Settings.model_fields} | {"chatwarden_master_key"}
    assert set(holders) <= known
    assert not holders["chatwarden_bot_token"] & {"processor", "migrate"}
    assert not holders["chatwarden_database_url"] & {"processor", "ingest"}
    assert holders["chatwarden_master_key"] == set(_SERVICES)


def test_what_scales_and_what_is_served_is_there() -> None:
    deployments, services = of_kind("Deployment"), of_kind("Service")
    for scaler in of_kind("HorizontalPodAutoscaler").values():
        assert scaler["spec"]["scaleTargetRef"]["name"] in deployments
    for ingress in of_kind("Ingress").values():
        for rule in ingress["spec"]["rules"]:
            assert {path["backend"]["service"]["name"] for path in rule["http"]["paths"]} == set(
                services
            )


def test_nothing_is_allowed_but_by_a_policy_that_names_parts_that_exist() -> None:
    policies = of_kind("NetworkPolicy")
    everything = policies.pop("nothing-else")["spec"]

    assert everything == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for policy in policies.values():
        for expression in policy["spec"]["podSelector"].get("matchExpressions", []):
            assert set(expression["values"]) <= set(_SERVICES)
