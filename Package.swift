// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

// Arrows run one way: an executable knows the domain, the domain knows an adapter, an adapter knows its C library.
let package = Package(
    name: "locker-server",
    products: [
        .executable(name: "FCGIApp", targets: ["FCGIApp"]),
        .executable(name: "lockerctl", targets: ["LockerCtl"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
    ],
    targets: [
        // C libraries, as the system has them.
        .systemLibrary(name: "CFastCGI", pkgConfig: "fcgi", providers: [.apt(["libfcgi-dev"])]),
        .systemLibrary(name: "CPostgres", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),

        // Adapters: each is named for what it adapts and knows nothing of lockers.
        .target(name: "Linux", dependencies: ["CLinux"], swiftSettings: settings),
        .target(name: "FastCGI", dependencies: ["CFastCGI", "Linux"], swiftSettings: settings),
        .target(name: "Postgres", dependencies: ["CPostgres"], swiftSettings: settings),
        .target(name: "OpenSSL", dependencies: ["COpenSSL"], swiftSettings: settings),
        .target(name: "Zlib", dependencies: ["CZlib"], swiftSettings: settings),
        .target(name: "Curl", dependencies: ["CCurl"], swiftSettings: settings),

        // Bytes to values: no I/O, no dependencies.
        .target(name: "JSON", swiftSettings: settings),

        // Histories to counterexamples: no I/O, no dependencies.
        .target(name: "Judge", swiftSettings: settings),

        // Spreadsheets' text files: no I/O.
        .target(name: "CSV", swiftSettings: settings),

        // The domain.
        .target(name: "Auth", dependencies: ["JSON", "OpenSSL", "Postgres"], swiftSettings: settings),
        .target(name: "Lockers", dependencies: ["Postgres"], swiftSettings: settings),

        // Which migrations and which functions a program was built for.
        .plugin(name: "SchemaVersion", capability: .buildTool()),
        .target(name: "Schema", dependencies: ["Postgres"], swiftSettings: settings, plugins: ["SchemaVersion"]),

        // What operators do: acts with an audit, reports.
        .target(name: "Operations", dependencies: ["JSON", "Postgres"], swiftSettings: settings),

        // The worker.
        .executableTarget(
            name: "FCGIApp",
            dependencies: [
                "Auth", "FastCGI", "JSON", "Linux", "Lockers", "OpenSSL", "Postgres", "Schema", "Zlib",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),

        // What the benchmark compares the worker with: the FastCGI layer and nothing behind it.
        .executableTarget(name: "FastCGIHello", dependencies: ["FastCGI", "Linux"], swiftSettings: settings),

        // The operator's command line.
        .executableTarget(
            name: "LockerCtl",
            dependencies: [
                "CSV", "Curl", "JSON", "Judge", "Linux", "OpenSSL", "Operations", "Postgres", "Schema",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),

        .testTarget(name: "FastCGITests", dependencies: ["FastCGI", "Linux"], swiftSettings: settings),
        .testTarget(name: "PostgresTests", dependencies: ["Postgres"], swiftSettings: settings),
        .testTarget(
            name: "OpenSSLTests", dependencies: ["OpenSSL"], resources: [.copy("Vectors")], swiftSettings: settings),
        .testTarget(name: "JudgeTests", dependencies: ["Judge"], swiftSettings: settings),
        .testTarget(name: "OperationsTests", dependencies: ["Operations"], swiftSettings: settings),
        .testTarget(name: "CSVTests", dependencies: ["CSV"], swiftSettings: settings),
        .testTarget(name: "JSONTests", dependencies: ["JSON"], swiftSettings: settings),
        .testTarget(
            name: "AuthTests", dependencies: ["Auth", "JSON", "OpenSSL"], resources: [.copy("Vectors")],
            swiftSettings: settings),
        .testTarget(name: "LockersTests", dependencies: ["Lockers", "Postgres"], swiftSettings: settings),
        .testTarget(
            name: "FCGIAppTests",
            dependencies: [
                "Auth", "CZlib", "FastCGI", "FCGIApp", "JSON", "Linux", "Lockers", "Postgres", "Schema", "Zlib",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: settings
        ),
        .testTarget(
            name: "LockerCtlTests",
            dependencies: [
                "JSON", "LockerCtl", "OpenSSL", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings),
    ],
    swiftLanguageModes: [.v6]
)
