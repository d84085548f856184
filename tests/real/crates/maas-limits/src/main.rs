//! The rate limit service of a gateway, version 3 of Envoy's protocol, around the library that
//! Limitador's own server is made of. What it counts lives in memory and ends with it.
//!
//! maas-limits LIMITS.yaml GRPC-ADDRESS HTTP-ADDRESS [--delay-ms=N] [--headers]
//!
//! The file has the form of Limitador's server and is read again when its content changes. `--delay-ms`
//! answers late, `--headers` adds X-RateLimit headers.
mod calls;
mod decisions;
mod limits_file;
mod pages;

use calls::Calls;
use decisions::Decisions;
use envoy_types::pb::envoy::service::ratelimit::v3::rate_limit_service_server::RateLimitServiceServer;
use limitador::RateLimiter;
use std::{env, error::Error, sync::Arc, time::Duration};
use tokio::net::TcpListener;

const LARGEST_COUNTERS: u64 = 100_000;

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let (flags, places): (Vec<_>, Vec<_>) = env::args().skip(1).partition(|arg| arg.starts_with("--"));
    let [file, grpc, http] = <[String; 3]>::try_from(places)
        .map_err(|_| "expected LIMITS.yaml GRPC-ADDRESS HTTP-ADDRESS")?;
    let delay = flags.iter().find_map(|flag| flag.strip_prefix("--delay-ms=")).unwrap_or("0");
    let limiter = Arc::new(RateLimiter::new(LARGEST_COUNTERS));
    let calls = Arc::new(Calls::default());
    let seen = limits_file::load(&limiter, &file)?;
    tokio::spawn(limits_file::follow(limiter.clone(), file, seen));
    let pages = pages::router(limiter.clone(), calls.clone());
    let listener = TcpListener::bind(http).await?;
    tokio::spawn(async move { axum::serve(listener, pages).await });
    let decisions = Decisions {
        limiter,
        calls,
        delay: Duration::from_millis(delay.parse()?),
        has_headers: flags.iter().any(|flag| flag == "--headers"),
    };
    tonic::transport::Server::builder()
        .add_service(RateLimitServiceServer::new(decisions))
        .serve(grpc.parse()?)
        .await?;
    Ok(())
}
