from sagaflow import Approval, BusinessError, Saga, Step, Timer, orchestrated
from sagaflow.registry import action, register


@action("shop.pack", transactional=True)
def pack(context):
    from shop.models import Parcel

    parcel = Parcel.objects.create(label=context.input["label"])
    return {"parcel": parcel.pk, "weight": 12345.678}


@action("shop.unpack", transactional=True)
def unpack(context):
    from shop.models import Parcel

    Parcel.objects.filter(pk=context.output["parcel"]).delete()
    return {}


@action("shop.send")
def send(context):
    if context.input["label"] == "heavy":
        raise BusinessError("too-heavy", "No van takes it.")
    return {"sent": True}


parcel = register(
    Saga(
        "parcel",
        orchestrated(
            "main",
            Step("pack", "shop.pack", undo="shop.unpack", timeout=86_400),
            Step("rest", Timer(0.001)),
            Step("send", "shop.send", timeout=86_400),
            Step("look", Approval("bosses"), timeout=86_400),
        ),
        deadline=1_000_000,
    )
)
