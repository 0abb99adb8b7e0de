"""The web pages: files, one page for every address, and how long each may be kept."""

from __future__ import annotations

import pytest


@pytest.mark.parametrize("path", ["/", "/history", "/setup?token=abc", "/contacts/c1"])
async def test_every_address_is_the_one_page(browser, path):
    answer = await browser.get(path)
    assert answer.status_code == 200
    assert "<title>Nidaa</title>" in answer.text
    assert answer.headers["cache-control"] == "no-cache"


async def test_named_files_are_kept_for_ever(browser):
    answer = await browser.get("/assets/index-1a2b.js")
    assert answer.status_code == 200
    assert "immutable" in answer.headers["cache-control"]


@pytest.mark.parametrize("path", ["/assets/gone.js", "/..%2fsecret.txt", "/favicon.ico"])
async def test_missing_file_is_not_the_page(browser, tmp_path, path):
    (tmp_path / "secret.txt").write_text("secret")
    answer = await browser.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_wrong_api_address_is_an_error(browser, method):
    answer = await browser.request(method, "/api/nonsense")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_wrong_method_is_an_error(browser):
    answer = await browser.post("/history")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


async def test_pages_that_are_not_built_say_how(browser, webphone):
    (webphone / "index.html").unlink()
    answer = await browser.get("/")
    assert answer.status_code == 404
    assert "npm run build" in answer.json()["message"]


async def test_certificate_authority(browser, paths):
    assert (await browser.get("/ca.crt")).status_code == 404
    (paths.certificates / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")
    answer = await browser.get("/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
