"""An example of every body of the API, for its description: the run of an order whose payment was refused."""

from collections.abc import Mapping
from typing import Any

__all__ = ["BODIES", "CLOUD_EVENT", "EXAMPLES"]

RUN = "0b0cf04c-6f0e-4f0e-8a6e-0d7f6a2f1c11"
BEGAN, ENDED = "2026-03-02T09:30:00.250Z", "2026-03-02T09:30:02.750Z"
ERROR = {"kind": "business", "code": "card-declined", "message": "The bank refused the card."}

CONTRACT: Mapping[str, Any] = {
    "asyncapi": "3.0.0",
    "info": {
        "title": "Fulfil an order",
        "version": "9f2c9f2c9f2c",
        "description": "The events of the saga 'order-fulfilment', as CloudEvents 1.0.",
    },
    "defaultContentType": "application/cloudevents+json",
    "channels": {
        "PaymentTaken": {
            "address": "sagaflow.order-fulfilment.PaymentTaken",
            "messages": {"PaymentTaken": {"$ref": "#/components/messages/PaymentTaken"}},
        }
    },
    "operations": {
        "sendPaymentTaken": {
            "action": "send",
            "channel": {"$ref": "#/channels/PaymentTaken"},
            "summary": "Step 'take_payment' is done.",
            "messages": [{"$ref": "#/channels/PaymentTaken/messages/PaymentTaken"}],
        }
    },
    "components": {
        "messages": {
            "PaymentTaken": {
                "name": "PaymentTaken",
                "title": "PaymentTaken",
                "summary": "Step 'take_payment' is done.",
                "contentType": "application/cloudevents+json",
                "correlationId": {"location": "$message.payload#/correlationid"},
                "payload": {
                    "type": "object",
                    "properties": {
                        "type": {"const": "PaymentTaken"},
                        "data": {"$ref": "#/components/schemas/PaymentTaken"},
                    },
                    "required": ["type", "data"],
                },
            }
        },
        "schemas": {"PaymentTaken": {"type": "object", "required": ["payment_id"]}},
    },
}
LINE = {
    "id": RUN,
    "saga": "order-fulfilment",
    "key": "order-7",
    "version": 2,
    "digest": "9f2c" * 16,
    "status": "rolled_back",
    "attention": "",
    "refusal": None,
    "age": 2.5,
    "created_at": BEGAN,
    "updated_at": ENDED,
    "ended_at": ENDED,
    "wake_at": None,
    "starts_at": None,
    "deadline": "2026-03-02T10:30:00.250Z",
    "by": "shop",
    "search": {"order": "S-7"},
    "parent": None,
    "origin": None,
    "number": 0,
    "seq": 21,
}
HEAD = LINE | {
    "title": "Fulfil an order",
    "input": {"order": "S-7", "amount": 1500},
    "late_at": None,
    "retried_as": None,
    "rollback": {
        "code": "business-error",
        "message": "The bank refused the card.",
        "began_at": 1772443802.0,
        "step": "charge",
        "error": ERROR,
    },
}
STEP = {
    "step": "charge",
    "title": "Charge the card",
    "segment": "main",
    "style": "orchestrated",
    "service": "payment",
    "status": "failed",
    "attempts": 1,
    "undo_attempts": 0,
    "round": 0,
    "missed_at": None,
    "reminded_at": None,
    "worker": "payment@shop-1",
    "by": "",
    "note": "",
    "error": ERROR,
    "undo_error": None,
    "input": None,
    "output": None,
    "undo_output": None,
    "started_at": BEGAN,
    "ended_at": ENDED,
    "undo_started_at": None,
    "undo_ended_at": None,
}
RECORDED = {
    "step": "charge",
    "segment": "main",
    "style": "orchestrated",
    "service": "payment",
    "outcome": "nothing to undo",
    "reason": "it took no effect: The bank refused the card.",
    "by": "",
    "attempts": 1,
    "undo_attempts": 0,
    "started_at": 1772443801.0,
    "ended_at": 1772443802.0,
    "undo_started_at": None,
    "undo_ended_at": None,
    "input": None,
    "output": None,
    "undo_output": None,
    "error": ERROR,
    "undo_error": None,
}
RECORD = {
    "seq": 21,
    "number": 1,
    "outcome": "rolled_back",
    "code": "business-error",
    "message": "The bank refused the card.",
    "failed_step": "charge",
    "kind": "business",
    "error": ERROR,
    "by": "",
    "savepoint": None,
    "began_at": 1772443802.0,
    "ended_at": 1772443802.75,
    "summary": "nothing to undo",
    "steps": [RECORDED],
}
ACT = {
    "verb": "cancel",
    "step": "",
    "by": "ada",
    "outcome": "done",
    "detail": "the run was running and is cancelled",
    "at": ENDED,
}
OUTSTANDING = {
    "step": "charge",
    "direction": "do",
    "what": "queued for a worker",
    "service": "payment",
    "due_at": BEGAN,
    "until": None,
}
ENTRY = {
    "seq": 12,
    "at": ENDED,
    "cause": 11,
    "kind": "StepFailed",
    "text": "charge failed: The bank refused the card.",
    "data": {"step": "charge", "attempt": 1, "token": 11, "error": ERROR},
}
OBSERVER = {
    "observer": "newsletter",
    "event": "OrderPlaced",
    "seq": 4,
    "attempts": 2,
    "error": "TimeoutError: no answer",
    "needs": "",
    "next_try": ENDED,
}
UNDO = {"step": "reserve", "order": 1, "kind": "compensate", "action": "stock.release"}

REQUEST = {
    "id": "5e1f6a62-0f5b-4f0c-9f6b-6f6f1f0a7c21",
    "run": RUN,
    "repair": None,
    "verb": "skip",
    "step": "charge",
    "input": None,
    "output": {"charge": "C-1"},
    "by": "ann",
    "reason": "Paid by bank transfer.",
    "at": BEGAN,
    "outdated": False,
    "answer": None,
}

REFUSED_INPUT = (
    "The input of saga 'order-fulfilment' is refused: at '/' 'sku' is a required property (rule 'required')."
)

EXAMPLES: Mapping[str, Any] = {
    "post runs": {"id": RUN},
    "post runs/batch": {
        "runs": [
            {"id": RUN, "error": None},
            {"id": None, "error": {"code": "invalid-input", "detail": REFUSED_INPUT}},
        ]
    },
    "get runs": {"runs": [LINE], "next": None},
    "get runs/{run_id}": {"run": HEAD, "steps": [STEP], "outstanding": [OUTSTANDING], "observers": [OBSERVER]},
    "get runs/{run_id}/journal": {"entries": [ENTRY], "head": 21},
    "get runs/{run_id}/rollbacks": {"rollbacks": [RECORD], "acts": [ACT | {"reason": "ordered twice"}]},
    "get runs/{run_id}/plan": {"undo": [UNDO]},
    "get runs/{run_id}/allowed": {"verbs": {"roll_back": None, "cancel": "the run has ended"}},
    "post runs/{run_id}/verbs/{verb}": ACT,
    "post runs/{run_id}/requests": REQUEST,
    "get requests": {"requests": [REQUEST]},
    "post requests/{request_id}/answer": REQUEST
    | {"answer": {"outcome": "given", "by": "bob", "note": "I saw the transfer.", "at": ENDED}},
    "get sagas/{name}/asyncapi": CONTRACT,
    "post events": {"outcome": "accepted"},
}
"""The example of each answer by method and path, as in ``answers.ANSWERS``."""

BODIES: Mapping[str, Any] = {
    "post runs": {"saga": "order-fulfilment", "input": {"order": "S-7", "amount": 1500}, "key": "order-7"},
    "post runs/batch": {
        "saga": "order-fulfilment",
        "runs": [
            {"input": {"order": "S-7", "sku": "alien"}, "key": "order-7"},
            {"input": {"order": "S-8"}, "key": "order-8"},
        ],
    },
    "post runs/{run_id}/verbs/{verb}": {"reason": "The bank works again.", "step": "charge", "round": 0},
    "post runs/{run_id}/approvals": {"step": "agree", "approved": True, "reason": "Within the limit.", "round": 0},
    "post runs/{run_id}/delegations": {"step": "agree", "to": "bo", "reason": "I am away this week.", "round": 0},
    "post runs/{run_id}/requests": {
        "verb": "skip",
        "step": "charge",
        "output": {"charge": "C-1"},
        "reason": "Paid by bank transfer.",
    },
    "post requests/{request_id}/answer": {"given": True, "note": "I saw the transfer."},
    "post events": {"event": "ParcelScanned", "correlation_id": "order-7", "payload": {"depot": "north"}},
    "post callbacks/{token}": {"output": {"parcel": "P-12"}},
}
"""The example of the body of each request that has one."""

CLOUD_EVENT = {
    "specversion": "1.0",
    "id": "scan-81",
    "source": "depot/north",
    "type": "ParcelScanned",
    "correlationid": "order-7",
    "data": {"depot": "north"},
}
"""The example of an event that is sent as a CloudEvent."""
