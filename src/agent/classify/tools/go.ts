// Go and Rust and C: compilers, modules, panics.
import type { LogRule } from "../log-rule.ts";

export const COMPILED_LOG_RULES: readonly LogRule[] = [
  {
    weight: 77,
    hint: /\.go:\d/,
    pattern:
      /(?<![\w./-])(?<place>[\w./-]{1,160}\.go:\d{1,6}(?::\d{1,6})?): (?:no required module provides package (?<pkg>[^\s;:]{1,160})|cannot find module providing package (?<pkg2>[^\s;:]{1,160})|package (?<pkg3>[^\s]{1,160}) is not in (?:GOROOT|std))/,
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: ["go: no module provides {pkg}", "go: no module provides {pkg2}", "go: package {pkg3} is not in std"],
    root: ["The Go code imports a package that no module in go.mod provides: {line}"],
    fixes: [
      "Run `go get {pkg}` and commit go.mod and go.sum",
      "Run `go get {pkg2}` and commit go.mod and go.sum",
      "Run `go mod tidy` and commit the result",
    ],
  },
  {
    weight: 77,
    hint: /go\.sum|verifying|reading|unknown revision|invalid version/,
    pattern:
      /(?<![\w./@+-])(?<mod>[\w./-]{3,160}(?:@v?[\w.+-]{1,80})?): (?:missing go\.sum entry|verifying \S{1,80}: checksum mismatch|reading \S{1,200}: (?<answer>\d{3} [\w ]{1,40})|unknown revision (?<rev>\S{1,80})|invalid version: (?<why>.{1,160}))|missing go\.sum entry for (?:module providing package |go\.mod file)?(?<mod2>[\w./-]{0,160})/,
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: [
      "go module {mod}: unknown revision {rev}",
      "go module {mod}: {answer}",
      "go module {mod}: {why}",
      "go.sum does not fit: {mod}",
      "go.sum has no entry for {mod2}",
      "go.sum is not complete",
    ],
    root: [
      "Go could not get or verify a module: {line}",
      "A private module also answers 404 or 410 when the proxy may not see it.",
    ],
    fixes: [
      "Run `go mod tidy` and commit go.mod and go.sum",
      "For a private module set GOPRIVATE and give git its credentials",
      "Check GOPROXY and GOFLAGS of {container}",
    ],
  },
  {
    weight: 72,
    pattern: /^(?:vet: )?(?<place>(?:\.{0,2}\/)?[\w./-]{1,160}\.go:\d{1,6}:\d{1,6}): (?<why>(?!.*\blevel=).{1,240})/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["go: {place}: {why}"],
    root: ["The Go compiler refuses the code at {place}: {why}.", "The log has {others} like this."],
    fixes: ["Correct {place}: {why}", "Run `go build ./... && go vet ./...` before pushing"],
  },
  {
    weight: 70,
    pattern: /^error\[(?<code>E\d{4})\]: (?<why>.{1,240})/,
    beside: [/^\s{1,8}--> (?<place>[\w./-]{1,160}:\d{1,6}:\d{1,6})/],
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["rust {code} at {place}: {why}", "rust {code}: {why}"],
    root: ["The Rust compiler refuses the code at {place}: {code}, {why}."],
    fixes: ["Correct {place}; `rustc --explain {code}` tells more"],
  },
  {
    weight: 70,
    pattern:
      /^(?<place>[\w./+-]{1,160}\.(?:c|cc|cpp|cxx|h|hpp):\d{1,6}:(?:\d{1,6}:)?) (?:fatal )?error: (?<why>.{1,240})/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["{place} {why}"],
    root: ["The C or C++ compiler refuses the code: {line}"],
    fixes: ["Correct {place} {why}", "If a header is missing, install its -devel or -dev package in {image}"],
  },
  {
    weight: 66,
    pattern: /^panic: (?<why>.{1,300})/,
    beside: [/^\s{1,8}(?<place>\/(?!usr\/(?:local\/)?(?:go|lib))[\w./@-]{1,200}\.go:\d{1,6})/],
    category: "crash",
    side: "app",
    confidence: "high",
    cause: ["panic: {why}"],
    root: ["The Go program panicked: {why}", "The first place of its own in the trace is {place}."],
    fixes: ["Look at {place}", "Guard against what it names: {why}"],
  },
  {
    weight: 66,
    pattern: /^thread '(?<thread>[^']{1,80})' (?:\(\d{1,10}\) )?panicked at (?<why>.{1,240})/,
    category: "crash",
    side: "app",
    confidence: "high",
    cause: ["Rust panic at {why}"],
    root: ["The Rust program panicked in thread {thread}: {why}"],
    fixes: ["Run with `RUST_BACKTRACE=1` and look at {why}"],
  },
  {
    weight: 64,
    pattern:
      /error while loading shared libraries: (?<lib>[\w.+-]{1,100})|(?<lib2>version `[\w.]{1,40}' not found)|symbol lookup error: (?<lib3>.{1,160})/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["shared library missing: {lib}", "C library too old: {lib2}", "symbol lookup error: {lib3}"],
    root: ["The program is linked against a library that {image} does not have: {line}"],
    fixes: [
      "Install the package of {lib} in {image}",
      "Build on the same base as {image}, or link statically (`CGO_ENABLED=0`)",
    ],
  },
];
