//! Where Redis is: one server, behind Sentinel, or a cluster. The same forms as `src/chatwarden/streams/connection.py`.

use std::time::Duration;

use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use redis::cluster::ClusterClient;
use redis::sentinel::{SentinelClientBuilder, SentinelServerType};
use redis::{AsyncConnectionConfig, Client, ConnectionAddr, ConnectionInfo, IntoConnectionInfo, RedisResult, TlsMode};

use crate::link::Connection;

const FORMS: &str =
    "use redis://, rediss://, redis+sentinel://host:port,host:port/name, or redis+cluster://host:port,host:port";
/// Until an answer counts as lost; above the time a read waits for updates.
const TIMEOUT: Duration = Duration::from_secs(5);

/// An address of Redis.
#[derive(Clone, Debug)]
pub struct Address(Form);

#[derive(Clone, Debug)]
enum Form {
    Server(ConnectionInfo),
    Sentinel { nodes: Nodes, service: String },
    Cluster(Nodes),
}

#[derive(Clone)]
struct Nodes {
    hosts: Vec<(String, u16)>,
    is_secure: bool,
    /// Name and password.
    user: Option<(String, String)>,
}

/// An address in its parts. Name and password may be percent-encoded, and need not be: they end at the last @.
struct Parts<'a> {
    user: Option<(String, String)>,
    hosts: &'a str,
    /// After the hosts, without the slash.
    path: &'a str,
}

impl<'a> Parts<'a> {
    fn read(rest: &'a str) -> Self {
        let (user, rest) = rest.rsplit_once('@').map_or((None, rest), |(user, rest)| (Some(user), rest));
        let user = user.map(|user| {
            let (name, password) = user.split_once(':').unwrap_or(("", user));
            (decoded(name), decoded(password))
        });
        let (hosts, path) = rest.split_once('/').unwrap_or((rest, ""));
        Self { user, hosts, path }
    }

    /// As a URL whose name and password hold nothing that could end them.
    fn url(&self, scheme: &str) -> String {
        let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        let user = self.user.as_ref().map(|(name, password)| format!("{}:{}@", encoded(name), encoded(password)));
        format!("{scheme}://{}{}/{}", user.unwrap_or_default(), self.hosts, self.path)
    }
}

fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// Without the password.
impl std::fmt::Debug for Nodes {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Nodes").field("hosts", &self.hosts).finish_non_exhaustive()
    }
}

impl Address {
    /// Reads an address.
    ///
    /// # Errors
    /// What is wrong with it and which forms there are, without the address: it may hold a password.
    pub fn read(url: &str) -> Result<Self, String> {
        let (scheme, rest) = url.split_once("://").ok_or_else(|| format!("no scheme; {FORMS}"))?;
        let is_secure = scheme.starts_with("rediss");
        let parts = Parts::read(rest);
        match scheme {
            "redis" | "rediss" => parts
                .url(scheme)
                .into_connection_info()
                .map(|info| Self(Form::Server(info)))
                .map_err(|error| format!("{}; {FORMS}", error.category())),
            "redis+sentinel" | "rediss+sentinel" => {
                let service = parts.path.trim_matches('/').to_owned();
                if service.is_empty() {
                    return Err(format!("the master's name is missing; {FORMS}"));
                }
                Ok(Self(Form::Sentinel { nodes: Nodes::read(parts, is_secure)?, service }))
            }
            "redis+cluster" | "rediss+cluster" => Ok(Self(Form::Cluster(Nodes::read(parts, is_secure)?))),
            _ => Err(format!("unknown scheme {scheme:?}; {FORMS}")),
        }
    }

    /// Whether partitions lie on different nodes.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        matches!(self.0, Form::Cluster(_))
    }

    /// A new connection; behind Sentinel to whatever node is the master now.
    pub(crate) async fn connect(&self) -> RedisResult<Connection> {
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(Some(TIMEOUT)).set_response_timeout(Some(TIMEOUT));
        match &self.0 {
            Form::Server(info) => {
                let client = Client::open(info.clone())?;
                Ok(Connection::Node(client.get_multiplexed_async_connection_with_config(&config).await?))
            }
            Form::Sentinel { nodes, service } => {
                let mut builder = SentinelClientBuilder::new(nodes.addresses(), service, SentinelServerType::Master)?;
                if nodes.is_secure {
                    builder = builder
                        .set_client_to_redis_tls_mode(TlsMode::Secure)
                        .set_client_to_sentinel_tls_mode(TlsMode::Secure);
                }
                if let Some((name, password)) = &nodes.user {
                    builder = builder.set_client_to_redis_password(password);
                    if !name.is_empty() {
                        builder = builder.set_client_to_redis_username(name);
                    }
                }
                Ok(Connection::Node(builder.build()?.get_async_connection_with_config(&config).await?))
            }
            Form::Cluster(nodes) => {
                let mut builder = ClusterClient::builder(nodes.addresses())
                    .connection_timeout(TIMEOUT)
                    .response_timeout(TIMEOUT)
                    .overall_response_timeout(Some(2 * TIMEOUT));
                if nodes.is_secure {
                    builder = builder.tls(TlsMode::Secure);
                }
                if let Some((name, password)) = &nodes.user {
                    builder = builder.password(password);
                    if !name.is_empty() {
                        builder = builder.username(name);
                    }
                }
                Ok(Connection::Cluster(builder.build()?.get_async_connection().await?))
            }
        }
    }
}

impl Nodes {
    fn read(Parts { user, hosts, .. }: Parts<'_>, is_secure: bool) -> Result<Self, String> {
        let host = |text: &str| {
            let (host, port) = text.rsplit_once(':')?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            (!host.is_empty()).then_some((host.to_owned(), port.parse().ok()?))
        };
        let hosts = hosts.split(',').map(|text| host(text).ok_or_else(|| format!("{text:?} is no host:port; {FORMS}")));
        Ok(Self { hosts: hosts.collect::<Result<_, _>>()?, is_secure, user })
    }

    fn addresses(&self) -> Vec<ConnectionAddr> {
        let address = |(host, port): &(String, u16)| {
            let (host, port) = (host.clone(), *port);
            if self.is_secure {
                ConnectionAddr::TcpTls { host, port, insecure: false, tls_params: None }
            } else {
                ConnectionAddr::Tcp(host, port)
            }
        };
        self.hosts.iter().map(address).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_form_is_read() {
        assert!(matches!(Address::read("redis://:secret@localhost:6379/0").unwrap().0, Form::Server(_)));
        assert!(matches!(Address::read("rediss://localhost").unwrap().0, Form::Server(_)));
        let Form::Sentinel { nodes, service } = Address::read("redis+sentinel://u:p@a:1,[::1]:2/main").unwrap().0
        else {
            panic!("no sentinel")
        };
        assert_eq!(nodes.hosts, [("a".to_owned(), 1), ("::1".to_owned(), 2)]);
        assert_eq!((nodes.user, service.as_str()), (Some(("u".to_owned(), "p".to_owned())), "main"));
        assert!(Address::read("rediss+cluster://a:1").unwrap().is_cluster());
    }

    #[test]
    fn a_password_may_hold_anything_in_each_form() {
        for (written, meant) in
            [("pa/ss:w@rd", "pa/ss:w@rd"), ("pa%2Fss%3Aw%40rd", "pa/ss:w@rd"), ("50%off", "50%off"), ("%25", "%")]
        {
            let user = || Some(("u".to_owned(), meant.to_owned()));
            let Form::Server(info) = Address::read(&format!("redis://u:{written}@localhost:7/3")).unwrap().0 else {
                panic!("no server")
            };
            let settings = info.redis_settings();
            assert_eq!((settings.username(), settings.password()), (Some("u"), Some(meant)));
            assert_eq!((info.addr().to_string().as_str(), settings.db()), ("localhost:7", 3));
            let Form::Sentinel { nodes, service } =
                Address::read(&format!("redis+sentinel://u:{written}@a:1,b:2/main")).unwrap().0
            else {
                panic!("no sentinel")
            };
            assert_eq!((nodes.user, nodes.hosts.len(), service.as_str()), (user(), 2, "main"));
            let Form::Cluster(nodes) = Address::read(&format!("redis+cluster://u:{written}@a:1")).unwrap().0 else {
                panic!("no cluster")
            };
            assert_eq!(nodes.user, user());
        }
    }

    #[test]
    fn what_is_wrong_is_said_and_no_password_is() {
        for url in ["localhost:6379", "http://x:secret@y", "redis+sentinel://x:secret@a:1", "redis+cluster://:secret@a"]
        {
            let error = Address::read(url).unwrap_err();
            assert!(error.contains("redis+cluster://host:port") && !error.contains("secret"), "{error}");
        }
    }
}
