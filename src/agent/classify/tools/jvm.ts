// Maven, Gradle and Java.
import type { LogRule } from "../log-rule.ts";

export const JVM_LOG_RULES: readonly LogRule[] = [
  {
    weight: 78,
    pattern:
      /Could not (?:resolve dependencies for project (?<project>[\w.:-]{1,160})|find artifact (?<artifact>[\w.:-]{1,200})|transfer (?:artifact|metadata) (?<artifact2>[\w.:-]{1,200}))/,
    beside: [
      /(?:Could not find artifact|Failure to find|Could not transfer artifact|not found: ) ?(?<missing>[\w.-]{1,100}:[\w.:-]{1,160})/,
      /(?:status code: |status: |was not authorized|: )(?<status>40[13] \w{1,20}|Not authorized|Unauthorized|Forbidden)/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: [
      "maven: {missing}: {status}",
      "maven: cannot find {missing}",
      "maven: cannot find {artifact}",
      "maven: cannot get {artifact2}",
      "maven: cannot resolve {project}",
    ],
    root: [
      "Maven could not get {missing} for {project}. || Maven could not get an artifact: {line}",
      "The repository answered {status}.",
    ],
    fixes: [
      "Check group, artifact and version of {missing} in pom.xml",
      "If it is internal, add its repository and a matching `<server>` with credentials to settings.xml",
      "If it was deployed only lately: `mvn -U`",
    ],
  },
  {
    weight: 72,
    pattern: /^\[ERROR\] (?<file>\/?[\w./-]{1,200}\.(?:java|kt|scala)):\[(?<row>\d{1,6}),\d{1,6}\] (?<why>.{1,200})/,
    beside: [/^\[ERROR\]\s{1,6}symbol:\s{1,6}(?<symbol>.{1,120})/],
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["{why} ({symbol}) in {file}", "{why} in {file}:{row}"],
    root: ["The Java compiler refuses {file} at line {row}: {why}.", "The symbol is {symbol}."],
    fixes: ["Correct {file} line {row}: {why}", "Check that the JDK of {image} is the one the project wants"],
  },
  {
    weight: 72,
    pattern:
      /^(?:e: )?(?:file:\/\/)?(?<file>\/?[\w./-]{1,200}\.(?:java|kt)):(?<row>\d{1,6})(?::\d{1,6})?:? (?:error: )(?<why>.{1,200})/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: ["{why} in {file}:{row}"],
    root: ["The compiler refuses {file} at line {row}: {why}."],
    fixes: ["Correct {file} line {row}: {why}"],
  },
  {
    weight: 77,
    pattern:
      /> Could not (?:resolve|find) (?<artifact>[\w.-]{1,100}:[\w.:+-]{1,160}|all (?:files|artifacts|dependencies) for configuration '(?<conf>[^']{1,80})')/,
    beside: [
      /> Could not (?:find|resolve|GET|get) '?(?<missing>[\w.-]{1,100}:[\w.:+-]{1,160}|https?:\/\/[^'\s]{1,200})/,
      /(?:Received status code|status code) (?<status>\d{3})/,
    ],
    category: "dependency",
    side: "app",
    confidence: "high",
    cause: [
      "gradle: cannot resolve {missing} ({status})",
      "gradle: cannot resolve {missing}",
      "gradle: cannot resolve {artifact}",
    ],
    root: [
      "Gradle could not resolve {missing}. || Gradle could not resolve a dependency: {line}",
      "The repository answered {status}.",
    ],
    fixes: [
      "Check the coordinates {missing} in the build file",
      "Check `repositories {}` and its credentials for this build",
    ],
  },
  {
    weight: 48,
    pattern:
      /Execution failed for task '(?<task2>:[\w:-]{1,120})'|Failed to execute goal (?<goal>[\w.:-]{1,160})(?: \([\w.-]{1,60}\))? on project (?<project>[\w.-]{1,100}): (?<why>.{1,240})/,
    beside: [/^>\s{1,4}(?<why2>(?!Task|Run with).{1,240})/],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["gradle task {task2}: {why2}", "gradle task {task2} failed", "maven {project}: {why}"],
    root: ["The build failed in {task2}: {why2}", "Goal {goal} failed on project {project}: {why}"],
    fixes: ["Run the same goal locally and correct what it names: {line}"],
  },
  {
    weight: 60,
    pattern:
      /Unsupported class file major version (?<major>\d{1,4})|UnsupportedClassVersionError: (?<cls>[\w./$]{1,160})|(?:invalid (?:target|source) release|release version|error: release version):? (?<release>\d{1,3})/,
    category: "compile",
    side: "app",
    confidence: "high",
    cause: [
      "Java version does not fit: class file major version {major}",
      "Java too old for {cls}",
      "JDK does not support release {release}",
    ],
    root: ["Code and JDK are of different Java versions: {line}"],
    fixes: [
      "Use an image with the JDK that the project wants, or change `maven.compiler.release` or the Gradle toolchain",
    ],
  },
  {
    weight: 57,
    pattern:
      /Error: (?:Could not find or load main class (?<main>[\w.$-]{1,160})|Unable to access jarfile (?<jar>\S{1,200}))|no main manifest attribute, in (?<jar2>\S{1,200})/,
    category: "container-start",
    side: "app",
    confidence: "high",
    cause: ["java: main class {main} not found", "java: no such jar file {jar}", "java: {jar2} has no main class"],
    root: ["Java could not start the program: {line}"],
    fixes: [
      "Check the path of the jar file or class in {container}'s command against what the build copies into {image}",
    ],
  },
  {
    weight: 56,
    takes: "last",
    pattern:
      /^Caused by: (?!.*(?:[Cc]onnection (?:refused|reset|timed out)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|timed out))(?<kind>[\w.$]{1,160})(?:: (?<why>.{1,300}))?/,
    beside: [
      /^\s{1,8}at (?<place>(?!java\.|javax\.|jdk\.|sun\.|org\.springframework|org\.apache|org\.hibernate|org\.junit|io\.netty)[\w.$]{3,160}\([\w.]{1,80}:\d{1,6}\))/,
    ],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["{kind}: {why}", "{kind}"],
    root: ["The last cause in the Java program's chain of exceptions is {kind}: {why}", "It was thrown at {place}."],
    fixes: ["Look at {place}", "Look for what changed around: {line}"],
  },
  {
    weight: 52,
    pattern:
      /^Exception in thread (?!.*(?:[Cc]onnection (?:refused|reset|timed out)|ECONNREFUSED|ECONNRESET|ETIMEDOUT|timed out))"(?<thread>[^"]{1,80})" (?<kind>[\w.$]{1,160})(?:: (?<why>.{1,300}))?/,
    beside: [/^\s{1,8}at (?<place>(?!java\.|javax\.|jdk\.|sun\.)[\w.$]{3,160}\([\w.]{1,80}:\d{1,6}\))/],
    category: "application-error",
    side: "app",
    confidence: "medium",
    cause: ["{kind}: {why}", "{kind}"],
    root: ["Thread {thread} of the Java program ended with {kind}: {why}", "It was thrown at {place}."],
    fixes: ["Look at {place}", "Look for what changed around: {line}"],
  },
];
