"""An MCP server of the Python SDK as the hub's upstream: `upstream.py TRANSPORT [PORT]`."""

import sys

from fastmcp import Context, FastMCP
from fastmcp.exceptions import ToolError

server = FastMCP("python-upstream")


@server.tool(annotations={"readOnlyHint": True})
async def add(a: int, b: int, ctx: Context) -> int:
    """Adds two numbers."""
    await ctx.report_progress(1, 2, "adding")
    return a + b


@server.tool(annotations={"readOnlyHint": True})
def fail() -> str:
    """Never works."""
    raise ToolError("the disk is full")


@server.tool
def write(text: str) -> str:
    """Writes."""
    return text


if __name__ == "__main__":
    transport = sys.argv[1]
    more = {} if transport == "stdio" else {"host": "127.0.0.1", "port": int(sys.argv[2])}
    server.run(transport=transport, show_banner=False, **more)
