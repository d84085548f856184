package main

import (
	"context"
	"errors"
	"log"
	"strings"
	"time"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

// User is who a token belongs to.
type user struct {
	name   string
	groups []string
	id     string // name of the ServiceAccount
	tier   string // from its namespace; empty: it has none
}

// The limit that a client has of its own; see rest.Config.
type clientLimit struct {
	qps   float32
	burst int
}

func newClient(kubeconfig string, limit clientLimit) kubernetes.Interface {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		log.Fatal(err)
	}
	config.QPS, config.Burst = limit.qps, limit.burst
	return kubernetes.NewForConfigOrDie(config)
}

// Tokens knows whose a token is.
type tokens struct {
	client    kubernetes.Interface
	audiences []string
	believed  *kept[*user]
}

func newTokens(kubeconfig string, limit clientLimit, audiences []string, ttl time.Duration) *tokens {
	return &tokens{newClient(kubeconfig, limit), audiences, newKept[*user](ttl)}
}

// The second result says how it was found out: cached, asked, refused or failed.
func (t *tokens) userOf(ctx context.Context, token string) (*user, string, error) {
	if known, isKept := t.believed.get(token); isKept {
		return known, "cached", nil
	}
	review, err := t.client.AuthenticationV1().TokenReviews().Create(ctx, &authenticationv1.TokenReview{
		Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: t.audiences},
	}, metav1.CreateOptions{})
	if err != nil {
		return nil, "failed", err
	}
	if !review.Status.Authenticated {
		return nil, "refused", errors.New(notBelieved)
	}
	found := userNamed(review.Status.User)
	t.believed.put(token, found)
	return found, "asked", nil
}

// As in system:serviceaccount:GATEWAY-tier-TIER:NAME.
func userNamed(info authenticationv1.UserInfo) *user {
	found := &user{name: info.Username, groups: info.Groups, id: info.Username}
	if parts := strings.Split(info.Username, ":"); len(parts) == 4 {
		found.id = parts[3]
		_, found.tier, _ = strings.Cut(parts[2], "-tier-")
	}
	return found
}

// Access knows who may ask which model.
type access struct {
	client  kubernetes.Interface
	allowed *kept[bool]
}

func newAccess(kubeconfig string, limit clientLimit, ttl time.Duration) *access {
	return &access{newClient(kubeconfig, limit), newKept[bool](ttl)}
}

// The verb is compared letter by letter: it is no HTTP method.
func (a *access) check(ctx context.Context, user *user, model model) (string, error) {
	key := user.name + ":" + model.namespace + "/" + model.name
	if _, isKept := a.allowed.get(key); isKept {
		return "cached", nil
	}
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: user.name, Groups: user.groups,
		ResourceAttributes: &authorizationv1.ResourceAttributes{
			Group: "serving.kserve.io", Resource: "llminferenceservices", Verb: "post",
			Namespace: model.namespace, Name: model.name,
		},
	}}
	got, err := a.client.AuthorizationV1().SubjectAccessReviews().Create(ctx, review, metav1.CreateOptions{})
	switch {
	case err != nil:
		return "failed", err
	case got.Status.Allowed:
		a.allowed.put(key, true)
		return "asked", nil
	case got.Status.Reason != "":
		return "refused", errors.New("not authorized: " + got.Status.Reason)
	default: // RBAC gives no reason.
		return "refused", errors.New(noReasonKnown)
	}
}
