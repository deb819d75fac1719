# The worker in workerd on loopback, with stand-ins for what Cloudflare has around it.
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "assets", worker = .assets),
    (name = "cache", worker = .cache),
    (name = "site", disk = "site"),
    (name = "kv", disk = "kv"),
    (name = "internet", network = (allow = ["local"]))
  ],
  sockets = [(name = "http", address = "127.0.0.1:8787", http = (), service = "main")]
);
const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "src/worker.js"),
    (name = "pages.js", esModule = embed "src/pages.js"),
    (name = "samplit/worker", esModule = embed "node_modules/samplit/worker.js"),
    (name = "samplit/wasm", wasm = embed "node_modules/samplit/samplit.simd.wasm")
  ],
  bindings = [
    (name = "BUNDLES", kvNamespace = "kv"),
    (name = "ASSETS", service = "assets"),
    (name = "COLLECT", text = "http://127.0.0.1:8788/")
  ],
  compatibilityDate = "2024-09-23",
  cacheApiOutbound = "cache"
);
const assets :Workerd.Worker = (
  modules = [(name = "assets.js", esModule = embed "assets.js")],
  bindings = [(name = "SITE", service = "site")],
  compatibilityDate = "2024-09-23"
);
const cache :Workerd.Worker = (
  modules = [(name = "cache.js", esModule = embed "cache.js")],
  compatibilityDate = "2024-09-23"
);
