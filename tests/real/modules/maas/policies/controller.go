package main

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"time"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/informers"
)

type controller struct {
	client   dynamic.Interface
	policies map[schema.GroupVersionResource]informers.GenericInformer
	target   target
	limiter  limiter
	lag      time.Duration
}

// A policy with its kind, and what it says.
type found struct {
	resource schema.GroupVersionResource
	object   *unstructured.Unstructured
	policy   policy
}

// Pass has the limiter enforce all there are, and says so.
func (c *controller) pass(ctx context.Context) error {
	time.Sleep(c.lag)
	all, err := c.all()
	if err != nil {
		return err
	}
	var limits []limit
	for _, one := range all {
		if one.policy.isAbout(c.target) {
			limits = append(limits, one.policy.limits(c.target.String(), counted[one.resource])...)
		}
	}
	inForce := c.limiter.enforce(limits)
	failures := []error{inForce}
	for _, one := range all {
		failures = append(failures, c.writeStatus(ctx, one, inForce))
	}
	return errors.Join(failures...)
}

// In an order that does not change: of two limits that are the same to the limiter the first counts.
func (c *controller) all() ([]found, error) {
	var all []found
	for resource, informer := range c.policies {
		objects, err := informer.Lister().List(labels.Everything())
		if err != nil {
			return nil, err
		}
		for _, object := range objects {
			one := found{resource: resource, object: object.(*unstructured.Unstructured)}
			if err := runtime.DefaultUnstructuredConverter.FromUnstructured(one.object.Object, &one.policy); err != nil {
				return nil, err
			}
			all = append(all, one)
		}
	}
	key := func(one found) string {
		return fmt.Sprint(one.resource.Resource, "/", one.object.GetNamespace(), "/", one.object.GetName())
	}
	sort.Slice(all, func(i, j int) bool { return key(all[i]) < key(all[j]) })
	return all, nil
}

func (c *controller) writeStatus(ctx context.Context, one found, inForce error) error {
	conditions := append([]metav1.Condition{}, one.policy.Status.Conditions...)
	for _, condition := range conditionsOf(one, c.target, inForce) {
		meta.SetStatusCondition(&conditions, condition)
	}
	generation := one.object.GetGeneration()
	if one.policy.Status.ObservedGeneration == generation &&
		equality.Semantic.DeepEqual(conditions, one.policy.Status.Conditions) {
		return nil
	}
	status, err := runtime.DefaultUnstructuredConverter.ToUnstructured(
		&status{ObservedGeneration: generation, Conditions: conditions},
	)
	if err != nil {
		return err
	}
	changed := one.object.DeepCopy()
	changed.Object["status"] = status
	_, err = c.client.Resource(one.resource).Namespace(one.object.GetNamespace()).
		UpdateStatus(ctx, changed, metav1.UpdateOptions{})
	return err
}

func conditionsOf(one found, target target, inForce error) []metav1.Condition {
	condition := func(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
		return metav1.Condition{
			Type: kind, Status: status, Reason: reason, Message: message,
			ObservedGeneration: one.object.GetGeneration(),
		}
	}
	if !one.policy.isAbout(target) {
		return []metav1.Condition{
			condition("Accepted", metav1.ConditionFalse, "TargetNotFound", "its target is not "+target.String()),
		}
	}
	kind := one.object.GetKind()
	accepted := condition("Accepted", metav1.ConditionTrue, "Accepted", kind+" has been accepted")
	if inForce != nil {
		return []metav1.Condition{
			accepted, condition("Enforced", metav1.ConditionFalse, "Unknown", inForce.Error()),
		}
	}
	return []metav1.Condition{
		accepted,
		condition("Enforced", metav1.ConditionTrue, "Enforced", kind+" has been successfully enforced"),
	}
}
