#!/usr/bin/env bash
# Limitador 0.14.0 (the library of Kuadrant's rate limiter): of two limits that differ only in their
# number or name one is dropped without a word, and it is not the laxer one: the first in the list stays.
#
# Expected: each limit of the list is enforced, so that the strictest decides; or one that is in another's
# way is refused, or warned of.
# Seen: a limit is its namespace, window, conditions and variables. "5 in 60 s" behind "1000 in 60 s" with
# the same conditions and variables: 5 are not enforced, and get_limits shows one limit. The other way
# round 5 are. The order of conditions makes no difference; how they are spelled does: with "tier=='free'"
# for "tier == 'free'" both are enforced. For the same reason what was counted stays when the number or
# the name of a limit changes, and is forgotten when its window does: 7 used under a raised limit are 7
# used when the old 5 comes back, for as long as the window lasts.
# So: two policies with the same predicate are not the stricter of the two. After a limit was raised for a
# test and given back, users of the test are refused until the window ends; a check before that proves
# nothing, and neither does one by a user that was never counted. Never raise a limit by its window.
#
# Needs cargo 1.95. Fails if the behaviour changes.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "findings"
version = "0.1.0"
edition = "2021"

[dependencies]
limitador = { version = "=0.14.0", default-features = false }
TOML
cat >src/main.rs <<'RUST'
use limitador::limit::{Context, Limit};
use limitador::RateLimiter;
use std::collections::HashMap;

const FREE: &str = "descriptors[0].tier == 'free'";
const GET: &str = "descriptors[0].method == 'GET'";

fn limit(name: &str, max: u64, seconds: u64, conditions: &[&str]) -> Limit {
    let conditions = conditions.iter().map(|text| (*text).try_into().unwrap());
    let user = "descriptors[0].user".try_into().unwrap();
    let mut limit = Limit::new("all", max, seconds, conditions, vec![user]);
    limit.set_name(name.to_string());
    limit
}

/// How many of so many requests of a user pass.
fn passed(limiter: &RateLimiter, user: &str, count: usize) -> usize {
    (0..count)
        .filter(|_| {
            let entries = [("tier", "free"), ("method", "GET"), ("user", user)];
            let descriptor: HashMap<_, _> =
                entries.map(|(key, value)| (key.to_string(), value.to_string())).into();
            let mut context = Context::default();
            context.list_binding("descriptors".into(), vec![descriptor]);
            !limiter.check_rate_limited_and_update(&"all".into(), &context, 1).unwrap().limited
        })
        .count()
}

fn pair(what: &str, limits: [Limit; 2]) {
    let limiter = RateLimiter::new(1_000);
    limiter.configure_with(limits).unwrap();
    let kept = limiter.get_limits(&"all".into()).len();
    println!("{what}: {kept} of 2 limits kept, {} of 20 pass", passed(&limiter, "one", 20));
}

fn main() {
    let lax = || limit("lax", 1_000, 60, &[FREE, GET]);
    pair("lax, strict", [lax(), limit("strict", 5, 60, &[FREE, GET])]);
    pair("strict, lax", [limit("strict", 5, 60, &[FREE, GET]), lax()]);
    pair("lax, strict with its conditions the other way round", [
        lax(),
        limit("strict", 5, 60, &[GET, FREE]),
    ]);
    pair("lax, strict with a condition without spaces", [
        lax(),
        limit("strict", 5, 60, &["descriptors[0].tier=='free'", GET]),
    ]);

    let limiter = RateLimiter::new(1_000);
    for (what, one) in [
        ("5 in 60 s", limit("old", 5, 60, &[FREE])),
        ("raised to 1000", limit("new", 1_000, 60, &[FREE])),
        ("back to 5", limit("old", 5, 60, &[FREE])),
        ("5 in 61 s", limit("old", 5, 61, &[FREE])),
    ] {
        limiter.configure_with([one]).unwrap();
        println!("{what}: {} of 7 pass", passed(&limiter, "one", 7));
    }
}
RUST
cargo run --release --quiet | tee seen.txt
diff - seen.txt <<'TXT'
lax, strict: 1 of 2 limits kept, 20 of 20 pass
strict, lax: 1 of 2 limits kept, 5 of 20 pass
lax, strict with its conditions the other way round: 1 of 2 limits kept, 20 of 20 pass
lax, strict with a condition without spaces: 2 of 2 limits kept, 5 of 20 pass
5 in 60 s: 5 of 7 pass
raised to 1000: 7 of 7 pass
back to 5: 0 of 7 pass
5 in 61 s: 5 of 7 pass
TXT
echo "as found with Limitador 0.14.0"
