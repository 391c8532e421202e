"""Probes: alive, and ready to answer."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from serve.deps import FactoryDep, TriagerDep

router = APIRouter(tags=["运行状态"])


class Health(BaseModel):
    status: str
    degraded: bool
    degraded_reason: str | None
    bundle: str
    encoder: str
    closed_cases: int
    taxonomy: str
    risk_policy: str
    law: str


class Ready(BaseModel):
    ready: bool
    database: bool


@router.get("/healthz", summary="运行状态")
def healthz(triager: TriagerDep) -> Health:
    """进程在运行；degraded 为真表示没有编码器，只按字词回答。"""
    return Health(status="degraded" if triager.encoder is None else "ok", **triager.status())


@router.get("/readyz", summary="是否就绪", responses={503: {"model": Ready}})
def readyz(factory: FactoryDep, response: Response) -> Ready:
    """模型包已载入且数据库可用时为就绪。"""
    try:
        with factory() as session:
            session.execute(text("select 1"))
        database = True
    except SQLAlchemyError:
        database = False
        response.status_code = 503
    return Ready(ready=database, database=database)
