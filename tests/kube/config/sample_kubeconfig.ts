/** A kubeconfig with everything that the tests of targets ask for. @module */

export const CA = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
export const OTHER_CA = CA.replace("AAAA", "BBBB");
export const HOME = "/home/me/.kube/config";
export const CONFIG = `
current-context: dev
clusters:
- {name: dev, cluster: {server: "https://dev:6443/", certificate-authority: ca.pem,
    tls-server-name: dev.example, proxy-url: "http://proxy:1"}}
- {name: prod, cluster: {server: "https://prod/k8s/clusters/c-1/", certificate-authority-data: ${
  btoa(OTHER_CA)
}}}
- {name: open, cluster: {server: "https://open", insecure-skip-tls-verify: true}}
- {name: plain, cluster: {server: "http://plain:8080"}}
users:
- {name: me, user: {token: mine, as: other}}
- {name: admin, user: {token: admins}}
contexts:
- {name: dev, context: {cluster: dev, user: me, namespace: team}}
- {name: prod, context: {cluster: prod, user: admin}}
- {name: lost, context: {cluster: gone, user: nobody}}
- {name: anonymous, context: {cluster: prod}}
- {name: vain, context: {user: me}}
`;
export const FILES = { [HOME]: CONFIG, "/home/me/.kube/ca.pem": CA, "/flag.pem": OTHER_CA };
