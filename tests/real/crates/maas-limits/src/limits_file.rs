//! Which limits are in force? Those of the file, as it is now.
use limitador::{limit::Limit, RateLimiter};
use std::{error::Error, fs, sync::Arc, time::Duration};

const EVERY: Duration = Duration::from_millis(100);

/// Reads the file and has the limiter use it; its text.
pub fn load(limiter: &RateLimiter, path: &str) -> Result<String, Box<dyn Error>> {
    let text = fs::read_to_string(path)?;
    let limits: Vec<Limit> = serde_yaml::from_str(&text)?;
    limiter.configure_with(limits)?;
    Ok(text)
}

/// Loads it whenever its text is another. One that cannot be read leaves the limits as they are.
pub async fn follow(limiter: Arc<RateLimiter>, path: String, mut seen: String) {
    loop {
        tokio::time::sleep(EVERY).await;
        if fs::read_to_string(&path).is_ok_and(|text| text == seen) {
            continue;
        }
        match load(&limiter, &path) {
            Ok(text) => {
                eprintln!("limits read again");
                seen = text;
            }
            Err(error) => eprintln!("cannot read the limits: {error}"),
        }
    }
}
