"""Drives the MCP clients `mcp` and `fastmcp`: one JSON operation per line on stdin, one JSON reply per line on stdout.

open    {library, mode, target}            -> {connection, protocol, server, instructions}
ask     {connection, method, params}       -> the result, as it stands on the wire
start   {connection, method, params}       -> a number, the call goes on
cancel  {call}                             -> raises, as the cancelled call does
close   {connection}                       -> null
A reply is {"ok": ...} or {"raised": "..."}.
"""

import asyncio
import json
import sys

import fastmcp
import httpx2
import mcp_types as types
from fastmcp.client.transports import SSETransport, StdioTransport, StreamableHttpTransport
from mcp import Client, StdioServerParameters
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.sse import sse_client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientMetadata

LIMIT_SECONDS = 20


def plain(result):
    return result.model_dump(by_alias=True, mode="json", exclude_unset=True)


def headers(target):
    return {"Authorization": f"Bearer {target['token']}"} if "token" in target else {}


class Memory:
    """What an OAuth client remembers."""

    def __init__(self):
        self.tokens = self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client_info):
        self.client = client_info


def login(target):
    """By OAuth; following one redirect is the browser's part."""
    if "login" not in target:
        return None
    answer = {}

    async def redirect(url):
        async with httpx2.AsyncClient() as browser:
            response = await browser.get(url)
        answer.update(httpx2.URL(response.headers["location"]).params)

    async def callback():
        return AuthorizationCodeResult(**answer)

    client = OAuthClientMetadata(redirect_uris=["http://127.0.0.1:1/callback"], token_endpoint_auth_method="none")
    return OAuthClientProvider(target["url"], client, Memory(), redirect, callback)


def reference(ref):
    kind = types.PromptReference if ref["type"] == "ref/prompt" else types.ResourceTemplateReference
    return kind.model_validate(ref)


class Mcp:
    """The official client."""

    def __init__(self, target, mode):
        server = target.get("url")
        if target["kind"] == "sse":
            server = sse_client(server, headers=headers(target))
        if target["kind"] == "http" and ("token" in target or "login" in target):
            http = httpx2.AsyncClient(headers=headers(target), auth=login(target))
            server = streamable_http_client(server, http_client=http)
        if target["kind"] == "stdio":
            server = StdioServerParameters(command=target["command"], args=target["args"], env=target["env"])
        self.client = Client(server, mode=mode)

    def facts(self):
        info = self.client.server_info
        return self.client.protocol_version, info and info.name, self.client.instructions

    async def ask(self, method, params):
        client = self.client
        match method:
            case "tools/list":
                return plain(await client.list_tools())
            case "tools/call":
                return plain(await client.call_tool(params["name"], params["arguments"]))
            case "prompts/list":
                return plain(await client.list_prompts())
            case "prompts/get":
                return plain(await client.get_prompt(params["name"], params["arguments"]))
            case "resources/list":
                return plain(await client.list_resources())
            case "resources/templates/list":
                return plain(await client.list_resource_templates())
            case "resources/read":
                return plain(await client.read_resource(params["uri"]))
            case "completion/complete":
                given = params.get("context", {}).get("arguments")
                return plain(await client.complete(reference(params["ref"]), params["argument"], given))


class FastMcp:
    """The client of the seed's framework; its lists come as Python lists, and a tool's value also as typed data."""

    def __init__(self, target, mode):
        match target["kind"]:
            case "http":
                transport = StreamableHttpTransport(target["url"], headers(target), auth=login(target))
            case "sse":
                transport = SSETransport(target["url"], headers(target))
            case _:
                transport = StdioTransport(
                    command=target["command"], args=target["args"], env=target["env"], keep_alive=False
                )
        self.client = fastmcp.Client(transport, mode=mode)

    def facts(self):
        info = self.client.server_info
        return self.client.protocol_version, info and info.name, self.client.instructions

    async def ask(self, method, params):
        client = self.client
        match method:
            case "tools/list":
                return {"tools": [plain(tool) for tool in await client.list_tools()]}
            case "tools/call":
                result = await client.call_tool(params["name"], params["arguments"], raise_on_error=False)
                if not result.is_error and result.structured_content is not None and result.data is None:
                    raise AssertionError("fastmcp could not read the structured content as its output schema says")
                content = [plain(block) for block in result.content]
                structured = {} if result.structured_content is None else {"structuredContent": result.structured_content}
                return {"content": content, "isError": result.is_error, **structured}
            case "prompts/list":
                return {"prompts": [plain(prompt) for prompt in await client.list_prompts()]}
            case "prompts/get":
                return plain(await client.get_prompt(params["name"], params["arguments"]))
            case "resources/list":
                return {"resources": [plain(resource) for resource in await client.list_resources()]}
            case "resources/templates/list":
                return {"resourceTemplates": [plain(each) for each in await client.list_resource_templates()]}
            case "resources/read":
                return {"contents": [plain(content) for content in await client.read_resource(params["uri"])]}
            case "completion/complete":
                given = params.get("context", {}).get("arguments")
                return {"completion": plain(await client.complete(reference(params["ref"]), params["argument"], given))}


class Connection:
    """A client must be left by the task that entered it."""

    def __init__(self, client):
        self.client = client
        self.opened = asyncio.get_running_loop().create_future()
        self.leave = asyncio.Event()
        self.task = asyncio.create_task(self.hold())

    async def hold(self):
        try:
            async with self.client.client:
                self.opened.set_result(self.client.facts())
                await self.leave.wait()
        except BaseException as error:
            if self.opened.done():
                raise
            self.opened.set_exception(error if isinstance(error, Exception) else RuntimeError(repr(error)))

    async def close(self):
        self.leave.set()
        await self.task


class Script:
    def __init__(self):
        self.connections = []
        self.calls = []

    async def run(self, message):
        match message["op"]:
            case "open":
                libraries = {"mcp": Mcp, "fastmcp": FastMcp}
                connection = Connection(libraries[message["library"]](message["target"], message["mode"]))
                protocol, server, instructions = await connection.opened
                self.connections.append(connection)
                number = len(self.connections) - 1
                return {"connection": number, "protocol": protocol, "server": server, "instructions": instructions}
            case "ask":
                return await self.ask(message)
            case "start":
                self.calls.append(asyncio.create_task(self.ask(message)))
                return len(self.calls) - 1
            case "cancel":
                call = self.calls[message["call"]]
                call.cancel()
                return await call
            case "close":
                await self.connections[message["connection"]].close()

    def ask(self, message):
        return self.connections[message["connection"]].client.ask(message["method"], message["params"])


def words(error):
    """What went wrong, without the task groups around it."""
    if isinstance(error, BaseExceptionGroup):
        return "; ".join(words(each) for each in error.exceptions)
    return f"{type(error).__name__}: {error}"


async def main():
    script = Script()
    loop = asyncio.get_running_loop()
    while line := await loop.run_in_executor(None, sys.stdin.readline):
        try:
            reply = {"ok": await asyncio.wait_for(script.run(json.loads(line)), LIMIT_SECONDS)}
        except (Exception, asyncio.CancelledError) as error:
            reply = {"raised": words(error)}
        print(json.dumps(reply), flush=True)


asyncio.run(main())
